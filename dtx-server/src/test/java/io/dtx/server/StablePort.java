package io.dtx.server;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that are stopped and started again on the same one. Not from the range out of which systems take the near
 * ends of connections: in the time between, a client that keeps trying to connect may be given that very port.
 */
public final class StablePort {

    private static final int LOWEST = 12_000;
    private static final int HIGHEST = 32_000;

    /**
     * One for each that was given, of the same number but UDP's, which are others: so it is not given again, here or in another JVM,
     * however long nothing listens there. Open until this JVM ends.
     */
    private static final List<DatagramSocket> GIVEN = new CopyOnWriteArrayList<>();

    private StablePort() {}

    /** One that is free on loopback now. */
    public static int next() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            try {
                DatagramSocket given = new DatagramSocket(port, InetAddress.getLoopbackAddress());
                try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                    GIVEN.add(given);
                    return probe.getLocalPort();
                } catch (IOException taken) {
                    given.close();
                }
            } catch (SocketException taken) {
                // Try another.
            }
        }
    }
}
