package io.dtx.test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that are stopped and started again on the same one. Not from the range out of which systems take the near
 * ends of connections: in the time between, a client that keeps trying to connect may be given that very port.
 */
public final class StablePort {

    private static final int LOWEST = 12_000;
    private static final int HIGHEST = 32_000;

    private StablePort() {}

    /** One that is free on loopback now. */
    public static int next() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return probe.getLocalPort();
            } catch (IOException taken) {
                // Try another.
            }
        }
    }
}
