package io.dtx.test;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A TCP relay on loopback that can hold back, cut off and refuse: the network between any two processes of a test.
 *
 * <p>One thread per direction of each connection. All switches act at once, on open connections too. Thread-safe.
 */
public final class TcpProxy implements AutoCloseable {

    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int CONNECT_MILLIS = 2_000;

    private final ServerSocket listener;
    private final InetSocketAddress target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition released = lock.newCondition();
    private boolean holdingToTarget;
    private boolean holdingToClient;
    private boolean refusing;
    private boolean closed;

    private TcpProxy(ServerSocket listener, InetSocketAddress target) {
        this.listener = listener;
        this.target = target;
    }

    /** Listens on a free loopback port and relays to a port of this machine. */
    public static TcpProxy to(int targetPort) {
        try {
            return open(InetAddress.getLoopbackAddress(), 0, targetPort);
        } catch (IOException e) {
            throw new IllegalStateException("no free port on loopback", e);
        }
    }

    /**
     * Listens on a loopback address of its own (on Linux all of 127.0.0.0/8 are) and relays to the same port of 127.0.0.1: so a
     * server keeps its port, and whom its name leads here goes through the relay.
     */
    public static TcpProxy at(InetAddress address, int port) {
        try {
            return open(address, port, port);
        } catch (IOException e) {
            throw new IllegalStateException("no relay can listen on " + address.getHostAddress() + ":" + port, e);
        }
    }

    private static TcpProxy open(InetAddress address, int port, int targetPort) throws IOException {
        TcpProxy proxy = new TcpProxy(
                new ServerSocket(port, 50, address),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort));
        daemon("tcp-proxy-accept", proxy::accept);
        return proxy;
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** What the client sends stays here until {@link #release()}; the connection stays open. */
    public void holdRequests() {
        change(() -> holdingToTarget = true);
    }

    /** What the target answers stays here until {@link #release()}. */
    public void holdAnswers() {
        change(() -> holdingToClient = true);
    }

    /** Lets everything that was held back go on, and accepts connections again. */
    public void release() {
        change(() -> {
            holdingToTarget = false;
            holdingToClient = false;
            refusing = false;
        });
    }

    /** Closes all open connections. What was held back is lost. */
    public void cut() {
        for (Socket socket : open) {
            closeQuietly(socket);
        }
        change(() -> {});
    }

    /** {@link #cut()}, and closes every new connection until {@link #release()}. */
    public void refuse() {
        change(() -> refusing = true);
        cut();
    }

    @Override
    public void close() {
        change(() -> closed = true);
        closeQuietly(listener);
        cut();
    }

    private void change(Runnable switches) {
        lock.lock();
        try {
            switches.run();
            released.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                relay(listener.accept());
            } catch (IOException e) {
                // The listener was closed, or the target refused: the client sees its connection closed.
            }
        }
    }

    private void relay(Socket client) throws IOException {
        open.add(client);
        Socket server = new Socket();
        open.add(server);
        boolean wanted;
        lock.lock();
        try {
            wanted = !refusing && !closed;
        } finally {
            lock.unlock();
        }
        try {
            if (!wanted) {
                throw new IOException("refused");
            }
            server.connect(target, CONNECT_MILLIS);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
        } catch (IOException e) {
            end(client, server);
            throw e;
        }
        daemon("tcp-proxy-requests", () -> pump(client, server, true));
        daemon("tcp-proxy-answers", () -> pump(server, client, false));
    }

    private void pump(Socket from, Socket to, boolean towardsTarget) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                awaitRelease(to, towardsTarget);
                out.write(buffer, 0, n);
                out.flush();
            }
        } catch (IOException | InterruptedException e) {
            // Either side is gone, or was cut: both ends are closed below.
        } finally {
            end(from, to);
        }
    }

    private void awaitRelease(Socket to, boolean towardsTarget) throws IOException, InterruptedException {
        lock.lock();
        try {
            while (towardsTarget ? holdingToTarget : holdingToClient) {
                if (closed || to.isClosed()) {
                    throw new IOException("cut while held back");
                }
                released.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private void end(Socket one, Socket other) {
        closeQuietly(one);
        closeQuietly(other);
        open.remove(one);
        open.remove(other);
    }

    private static void closeQuietly(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            // It is as good as closed.
        }
    }

    private static void daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }
}
