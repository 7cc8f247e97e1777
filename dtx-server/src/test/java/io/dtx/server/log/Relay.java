package io.dtx.server.log;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * The way to a node: listens at one of Linux' many loopback addresses, and passes on to the same port of 127.0.0.1. What the node
 * answers can be held back, and lost with its connections.
 */
final class Relay implements AutoCloseable {

    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile CountDownLatch passing = new CountDownLatch(0);

    Relay(String address, int port) throws IOException {
        this.listener = new ServerSocket(port, 50, InetAddress.getByName(address));
        thread(this::accept);
    }

    void holdAnswers() {
        passing = new CountDownLatch(1);
    }

    /** Whoever connects again is answered. */
    void loseAnswers() {
        CountDownLatch held = passing;
        passing = new CountDownLatch(0);
        open.forEach(Relay::close);
        held.countDown();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        loseAnswers();
    }

    private void accept() {
        while (!listener.isClosed()) {
            Socket client = new Socket();
            try {
                client = listener.accept();
                Socket node = new Socket(InetAddress.getLoopbackAddress(), listener.getLocalPort());
                open.add(client);
                open.add(node);
                relay(client, node);
            } catch (IOException e) { // the node does not run yet, or any more
                close(client);
            }
        }
    }

    private void relay(Socket client, Socket node) {
        thread(() -> pump(client, node, false));
        thread(() -> pump(node, client, true));
    }

    private void pump(Socket from, Socket to, boolean answers) {
        byte[] buffer = new byte[1 << 14];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (answers) {
                    passing.await();
                }
                out.write(buffer, 0, n);
            }
        } catch (IOException | InterruptedException e) {
            // Both ends are closed.
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is as good as closed.
        }
    }

    private static void thread(Runnable task) {
        Thread thread = new Thread(task, "relay");
        thread.setDaemon(true);
        thread.start();
    }
}
