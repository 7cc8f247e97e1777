package io.dtx.samples.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** The ports of this run, each seen to be free before anything is started. */
record Ports(Map<Service, Integer> numbers) {

    static Ports claim(DemoOptions options) {
        Map<Service, Integer> numbers = new EnumMap<>(Service.class);
        for (Service service : Service.values()) {
            if (options.has(service)) {
                numbers.put(service, free(service, options.port(service)));
            }
        }
        return new Ports(numbers);
    }

    int of(Service service) {
        return Objects.requireNonNull(numbers.get(service));
    }

    String url(Service service) {
        return "http://localhost:" + of(service);
    }

    private static int free(Service service, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new DemoFailure(
                    "Port " + port + ", where " + service.label()
                            + " would listen, is taken: end what listens there, or" + " choose another with -D"
                            + service.portOption() + "=<port> (0: any that is free).",
                    e);
        }
    }
}
