package io.dtx.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.ReplyMapping;
import io.dtx.protocol.wire.ServerMessage;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Replies that clients do not read. */
class OutboxTests {

    private static final int MOST = 1_000_000;

    private final Unread unread = new Unread(MOST);

    @Test
    void manyClientsThatDoNotReadTogetherKeepNoMoreThanTheBoundOfAll() {
        List<Client> deaf = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Client client = new Client();
            deaf.add(client);
            for (int sent = 0; sent < 100 && client.end == null; sent++) {
                client.outbox.send(message(1_000));
                assertThat(unread.bytes()).isLessThanOrEqualTo(MOST);
            }
        }

        assertThat(deaf).anySatisfy(client -> assertThat(client.end).isNotNull());
        assertThat(unread.bytes()).isGreaterThan(MOST / 2);
    }

    @Test
    void oneThatIsOnlySlowIsNotEndedWhileManyDoNotReadAtAll() {
        for (int i = 0; i < 20; i++) {
            Client deaf = new Client();
            for (int sent = 0; sent < 1_000 && deaf.end == null; sent++) {
                deaf.outbox.send(message(1_000));
            }
        }
        Client slow = new Client();

        for (int i = 0; i < 100; i++) {
            slow.reads = false;
            assertThat(slow.outbox.send(message(1_000))).isTrue();
            slow.reads = true;
            slow.outbox.drain();
        }

        assertThat(slow.end).isNull();
        assertThat(slow.received).hasSize(100);
    }

    @Test
    void oneThatDoesNotReadIsEndedAndWhatWaitedIsGivenBack() {
        Client deaf = new Client();
        Unread plenty = new Unread(Long.MAX_VALUE);
        Outbox outbox = new Outbox(deaf, plenty);
        while (outbox.send(message(1_000))) {
            assertThat(plenty.bytes()).isLessThanOrEqualTo(Outbox.MAX_WAITING_BYTES);
        }

        assertThat(deaf.end).isNotNull();
        assertThat(plenty.bytes()).isZero();
    }

    @Test
    void whatWaitsWhenAStreamEndsStillGoesAndCountsUntilThen() {
        Client slow = new Client();
        slow.outbox.send(message(1_000));

        slow.outbox.end(message(10));

        assertThat(slow.received).isEmpty();
        assertThat(unread.bytes()).isPositive();
        slow.reads = true;
        slow.outbox.drain();
        assertThat(slow.received).hasSize(2);
        assertThat(slow.end).isEqualTo(Status.OK);
        assertThat(unread.bytes()).isZero();
    }

    @Test
    void whatWaitsForOneThatIsGoneIsGivenBack() {
        Client gone = new Client();
        gone.outbox.send(message(1_000));
        gone.outbox.end(message(10));

        gone.outbox.drop();

        assertThat(unread.bytes()).isZero();
    }

    private static ServerMessage message(int size) {
        return ReplyMapping.toWire(new Reply.Failure(FailureKind.INVALID, "x".repeat(size)))
                .build();
    }

    /** The network's side of a stream whose client reads or does not. */
    private final class Client extends ServerCallStreamObserver<ServerMessage> {

        final List<ServerMessage> received = new ArrayList<>();
        final Outbox outbox = new Outbox(this, unread);
        boolean reads;

        @Nullable Status end;

        @Override
        public boolean isReady() {
            return reads;
        }

        @Override
        public void onNext(ServerMessage message) {
            received.add(message);
        }

        @Override
        public void onError(Throwable failure) {
            end = Status.fromThrowable(failure);
        }

        @Override
        public void onCompleted() {
            end = Status.OK;
        }

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public void setOnCancelHandler(Runnable handler) {}

        @Override
        public void setCompression(String compression) {}

        @Override
        public void setOnReadyHandler(Runnable handler) {}

        @Override
        public void request(int count) {}

        @Override
        public void setMessageCompression(boolean enable) {}

        @Override
        public void disableAutoInboundFlowControl() {}
    }
}
