package io.dtx.samples.demo;

import io.dtx.test.StablePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The ports of this run, each seen to be free before anything is started. */
record Ports(Map<Service, Integer> numbers) {

    static Ports claim(DemoOptions options) {
        Map<Service, Integer> numbers = new EnumMap<>(Service.class);
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (Service service : Service.values()) {
                if (options.has(service)) {
                    ServerSocket socket = free(service, options.port(service));
                    held.add(socket); // until all are known: no two are given the same
                    numbers.put(service, socket.getLocalPort());
                }
            }
        } finally {
            held.forEach(Ports::close);
        }
        return new Ports(numbers);
    }

    int of(Service service) {
        return Objects.requireNonNull(numbers.get(service));
    }

    String url(Service service) {
        return "http://localhost:" + of(service);
    }

    private static ServerSocket free(Service service, int wanted) {
        int port = wanted == 0 ? StablePort.next() : wanted;
        try {
            ServerSocket socket = new ServerSocket();
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return socket;
        } catch (IOException e) {
            throw new DemoFailure(
                    "Port " + port + ", where " + service.label()
                            + " would listen, is taken: end what listens there, or" + " choose another with -D"
                            + service.portOption() + "=<port> (0: any that is free).",
                    e);
        }
    }

    private static void close(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
