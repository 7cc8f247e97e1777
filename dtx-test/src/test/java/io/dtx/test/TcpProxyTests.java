package io.dtx.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TcpProxyTests {

    private ServerSocket echo;
    private TcpProxy proxy;

    @BeforeEach
    void startAnEchoServerBehindTheProxy() throws IOException {
        echo = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread server = new Thread(this::serve, "echo");
        server.setDaemon(true);
        server.start();
        proxy = TcpProxy.to(echo.getLocalPort());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        echo.close();
    }

    @Test
    void bytesPassBothWays() throws IOException {
        try (Socket client = connect()) {
            assertThat(roundTrip(client, 7)).isEqualTo(7);
        }
    }

    @Test
    void anAnswerThatIsHeldBackArrivesAfterTheRelease() throws IOException {
        try (Socket client = connect()) {
            proxy.holdAnswers();
            client.setSoTimeout(100);
            assertThatThrownBy(() -> roundTrip(client, 1)).isInstanceOf(SocketTimeoutException.class);
            client.setSoTimeout(5_000);
            proxy.release();
            assertThat(client.getInputStream().read()).isEqualTo(1);
        }
    }

    @Test
    void aCutEndsOpenConnectionsAndLetsNewOnesIn() throws IOException {
        try (Socket client = connect()) {
            assertThat(roundTrip(client, 1)).isEqualTo(1);
            proxy.cut();
            assertThat(readToEnd(client)).isTrue();
        }
        try (Socket again = connect()) {
            assertThat(roundTrip(again, 2)).isEqualTo(2);
        }
    }

    @Test
    void aCutEndsAConnectionWhoseBytesAreHeldBack() throws IOException {
        try (Socket client = connect()) {
            assertThat(roundTrip(client, 1)).isEqualTo(1);
            proxy.holdRequests();
            client.getOutputStream().write(1);
            proxy.cut();
            assertThat(readToEnd(client)).isTrue();
        }
    }

    @Test
    void whileItRefusesNoConnectionServes() throws IOException {
        proxy.refuse();
        try (Socket client = connect()) {
            assertThat(readToEnd(client)).isTrue();
        }
        proxy.release();
        try (Socket client = connect()) {
            assertThat(roundTrip(client, 3)).isEqualTo(3);
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        socket.setSoTimeout(5_000);
        return socket;
    }

    private static int roundTrip(Socket client, int value) throws IOException {
        client.getOutputStream().write(value);
        return client.getInputStream().read();
    }

    /** A closed connection shows as an end of the stream, or as a reset if bytes were on their way. */
    private static boolean readToEnd(Socket client) throws IOException {
        try {
            return client.getInputStream().read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    private void serve() {
        while (!echo.isClosed()) {
            try {
                Socket socket = echo.accept();
                Thread connection = new Thread(() -> echoAll(socket), "echo-connection");
                connection.setDaemon(true);
                connection.start();
            } catch (IOException e) {
                return;
            }
        }
    }

    private static void echoAll(Socket socket) {
        try (socket;
                InputStream in = socket.getInputStream()) {
            for (int b = in.read(); b >= 0; b = in.read()) {
                socket.getOutputStream().write(b);
            }
        } catch (IOException e) {
            // The client is gone.
        }
    }
}
