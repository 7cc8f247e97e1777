package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.server.tls.LogLines;
import io.dtx.server.tls.Refusals;
import java.nio.charset.StandardCharsets;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.apache.ratis.thirdparty.io.netty.buffer.Unpooled;
import org.apache.ratis.thirdparty.io.netty.channel.embedded.EmbeddedChannel;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslHandler;
import org.junit.jupiter.api.Test;

/** Connections that begin and do not go on, in a time of the test's own. */
class PeerDoormanTests {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final PeerDoorman doorman = new PeerDoorman(new Refusals("a visitor", "some.bundle"), PATIENCE);

    @Test
    void oneThatSaysNothingIsClosedAndItIsSaidWhy() {
        try (LogLines log = new LogLines("io.dtx.server.tls")) {
            EmbeddedChannel connection = connection();

            endsWhenPatienceDoes(connection);

            assertThat(log.lines()).singleElement().asString().contains("Refused a visitor", "said nothing", "10.0 s");
        }
    }

    @Test
    void oneThatSaysOneByteIsClosedToo() {
        EmbeddedChannel connection = connection();
        say(connection, "P");

        endsWhenPatienceDoes(connection);
    }

    @Test
    void oneThatDripsBytesHasNoMoreTime() {
        EmbeddedChannel connection = connection();
        say(connection, "PRI * ");
        pass(connection, 6);
        say(connection, "HTTP/2.0");
        assertThat(connection.isOpen()).isTrue();
        pass(connection, 6);

        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void oneThatHasBegunAsItShouldIsLeftAlone() {
        EmbeddedChannel connection = connection();
        say(connection, "PRI * HTTP/2.0\r\n");
        say(connection, "\r\nSM\r\n\r\n");
        pass(connection, 60);

        assertThat(connection.isOpen()).isTrue();
        assertThat(connection.pipeline().get(PeerDoorman.class)).isNull();
    }

    @Test
    void aTlsHandshakeThatStopsAfterItsFirstByteIsClosed() throws Exception {
        SslHandler tls = new SslHandler(engine());
        tls.setHandshakeTimeoutMillis(0); // that it has one too is not what is tested
        EmbeddedChannel connection = new EmbeddedChannel(doorman, tls);
        connection.freezeTime();
        say(connection, "\u0016");

        endsWhenPatienceDoes(connection);
    }

    private static SSLEngine engine() throws NoSuchAlgorithmException {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine();
        engine.setUseClientMode(false);
        return engine;
    }

    private EmbeddedChannel connection() {
        EmbeddedChannel connection = new EmbeddedChannel(doorman);
        connection.freezeTime();
        return connection;
    }

    private static void endsWhenPatienceDoes(EmbeddedChannel connection) {
        pass(connection, PATIENCE.toSeconds() - 1);
        assertThat(connection.isOpen()).isTrue();
        pass(connection, 1);
        assertThat(connection.isOpen()).isFalse();
    }

    private static void say(EmbeddedChannel connection, String bytes) {
        connection.writeInbound(Unpooled.wrappedBuffer(bytes.getBytes(StandardCharsets.US_ASCII)));
    }

    private static void pass(EmbeddedChannel connection, long seconds) {
        connection.advanceTimeBy(seconds, TimeUnit.SECONDS);
        connection.runPendingTasks();
    }
}
