package io.dtx.spring.propagation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** In a process of its own for each case, since the JDK reads the property once. */
class RepeatedPostsTests {

    @Test
    void theJdkSendsAPostTwiceByItself() throws Exception {
        assertThat(requestsSeen("as the JDK is")).isEqualTo(3);
    }

    @Test
    void switchedOffAPostIsSentOnce() throws Exception {
        assertThat(requestsSeen("switched off")).isEqualTo(2);
    }

    private static int requestsSeen(String mode) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        TwoPosts.class.getName(),
                        mode)
                .redirectErrorStream(true)
                .start();
        try {
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(printed).matches("\\d+\\s*");
            return Integer.parseInt(printed.strip());
        } finally {
            process.destroyForcibly();
        }
    }

    /** Posts twice on one connection, to a server that answers the first and then hangs up; prints what the server saw. */
    static final class TwoPosts {

        private static final AtomicInteger SEEN = new AtomicInteger();

        private TwoPosts() {}

        public static void main(String[] args) throws Exception {
            if (args[0].equals("switched off")) {
                RepeatedPosts.switchOff();
            }
            try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
                Thread serving = new Thread(() -> serve(server));
                serving.setDaemon(true);
                serving.start();
                URI uri = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/");
                post(uri);
                try {
                    post(uri);
                } catch (IOException expected) {
                    // No answer to the second.
                }
                System.out.println(SEEN.get());
            }
        }

        private static void post(URI uri) throws IOException {
            HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
            connection.setRequestMethod("POST");
            connection.getInputStream().readAllBytes();
        }

        private static void serve(ServerSocket server) {
            while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                    BufferedReader in = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
                    while (readHead(in) && SEEN.incrementAndGet() == 1) {
                        socket.getOutputStream()
                                .write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                                        .getBytes(StandardCharsets.US_ASCII));
                    }
                } catch (IOException e) {
                    // The client is gone.
                }
            }
        }

        private static boolean readHead(BufferedReader in) throws IOException {
            String line = in.readLine();
            if (line == null) {
                return false;
            }
            while (line != null && !line.isEmpty()) {
                line = in.readLine();
            }
            return true;
        }
    }
}
