package io.dtx.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.model.BranchId;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.ReplyMapping;
import io.dtx.protocol.wire.ServerMessage;
import io.dtx.server.runtime.Coordinator;
import io.dtx.server.tls.LogLines;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever comes in at the port for applications: it is answered or ended with a reason, nothing breaks, nothing stays, and the
 * others are served.
 *
 * <p>The seed is printed; {@code -Ddtx.fuzz.seed} runs one again, {@code -Ddtx.fuzz.seconds} runs longer.
 */
class DoorFuzzTests {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long SECONDS = Long.getLong("dtx.fuzz.seconds", 3);
    private static final int LEAST = 20;

    @TempDir
    static Path directory;

    private static CoordinatorServer server;
    private static CoordinatorClient other;

    private final long seed = Long.getLong("dtx.fuzz.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final LogLines log = new LogLines("io.dtx.server.runtime");

    @BeforeAll
    static void start() {
        server = LocalServer.in(directory.resolve("data")).start();
        other = CoordinatorClient.start(ClientSettings.of("other", "127.0.0.1:" + server.port()));
    }

    @AfterAll
    static void stop() {
        other.close();
        server.close();
    }

    @BeforeEach
    void sayTheSeed() {
        System.out.println("-Ddtx.fuzz.seed=" + seed);
    }

    @AfterEach
    void theOthersAreServedAndNothingIsLeft() throws Exception {
        log.close();
        Xid xid = other.newXid();
        BranchId branch = new BranchId(xid, 1);
        other.register(branch, "r1", List.of()).get(30, TimeUnit.SECONDS);
        other.reportCommitted(branch);
        assertThat(other.commit(xid).get(30, TimeUnit.SECONDS).status()).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(server.coordinator().status()).isEqualTo(Coordinator.Status.SERVING);
        assertThat(log.lines()).as("the leader began anew").noneMatch(line -> line.contains("beginning anew"));
        Awaitility.await("the end of the others").atMost(PATIENCE).until(() -> server.connections() == 1);
    }

    @Test
    void bytesThatAreNoHttp2() throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        for (int i = 0; i < LEAST || System.nanoTime() < end; i++) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                socket.setSoTimeout(20);
                socket.setSoLinger(true, 0);
                socket.getOutputStream().write(rawBytes());
                while (socket.getInputStream().read() >= 0) {
                    // until it is ended, or waits for more
                }
            } catch (SocketTimeoutException waits) {
                // for the rest of a frame
            } catch (IOException ended) {
                // in the middle of a write
            }
        }
    }

    private byte[] rawBytes() {
        byte[] bytes = new byte[1 + random.nextInt(2_000)];
        random.nextBytes(bytes);
        byte[] preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        switch (random.nextInt(4)) {
            case 0 -> { // anything
            }
            case 1 -> { // frames of any kind and length, after a proper beginning
                if (bytes.length > 60) {
                    System.arraycopy(preface, 0, bytes, 0, preface.length);
                    System.arraycopy(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0}, 0, bytes, preface.length, 9);
                    int at = preface.length + 9;
                    bytes[at] = 0;
                    bytes[at + 1] = (byte) random.nextInt(2);
                    bytes[at + 3] = (byte) random.nextInt(12);
                }
            }
            case 2 -> System.arraycopy(preface, 0, bytes, 0, Math.min(bytes.length, preface.length));
            default -> {
                return "GET /transactions HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            }
        }
        return bytes;
    }

    @Test
    void streamsOfAnything() throws Exception {
        FuzzMessages messages = new FuzzMessages(random, other.newXid().cluster());
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(2 * SECONDS);
        for (int i = 0; i < LEAST || System.nanoTime() < end; i++) {
            try (ByteClient client = new ByteClient(server.port())) {
                boolean greeted = random.nextInt(8) > 0;
                if (greeted) {
                    client.send(messages.hello());
                }
                int count = random.nextInt(30);
                for (int sent = 0; sent < count; sent++) {
                    client.send(messages.next());
                }
                client.finish();
                // Either it was ended with a reason, or it goes on to the end that it is given here.
                io.grpc.Status ended = client.end();
                for (byte[] reply : client.received()) {
                    ReplyMapping.fromWire(ServerMessage.parseFrom(reply)); // a message that a client understands
                }
                if (!ended.isOk()) {
                    assertThat(ended.getDescription()).as("why it was ended").isNotBlank();
                    assertThat(ended.getDescription()).doesNotContain("Application error");
                }
            }
        }
    }
}
