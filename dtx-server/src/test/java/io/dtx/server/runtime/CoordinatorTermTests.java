package io.dtx.server.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.protocol.WireProtocol;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.runtime.Coordinator.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What ends a term, or keeps one from beginning, while this node leads: another term, which serves. */
class CoordinatorTermTests {

    private static final long UNTIL_THE_NEXT_MILLIS = 500;

    private final TestClock clock = new TestClock();
    private final MemoryLog log = new MemoryLog(clock);
    private final TurnedCoordinator turned;

    CoordinatorTermTests(@TempDir Path directory) {
        turned = new TurnedCoordinator(log, clock, directory, Map.of("n1", "h1:8091", "n2", "h2:8091"));
    }

    @Test
    void aBatchThatTheLogDidNotTakeIsAskedForAgainInTheNextTerm() {
        lead();
        RecordedSession client = join(new RecordedSession());
        Xid xid = xid(1);
        log.slow = true;
        commit(client, 2, xid);
        log.failPending(new IOException("overloaded"));
        log.slow = false;
        turn();

        assertThat(client.closedWith).extracting(Reply.Failure::kind).isEqualTo(FailureKind.UNAVAILABLE);
        theNextTermServes(xid);
    }

    /** The first one's answer is met by a defect, so the second one's is never given. */
    @Test
    void whatAnUnexpectedErrorLeftUnansweredIsAskedForAgainInTheNextTerm() {
        lead();
        RecordedSession broken = join(new RecordedSession() {
            @Override
            public void send(long request, long logIndex, Reply reply) {
                if (request == 2) {
                    throw new IllegalStateException("a defect");
                }
                super.send(request, logIndex, reply);
            }
        });
        RecordedSession other = join(new RecordedSession());
        Xid xid = xid(2);
        turned.coordinator().received(broken, 2, new Request.Commit(xid(1)));
        commit(other, 2, xid);

        assertThat(other.answers).doesNotContainKey(2L);
        assertThat(other.closedWith).extracting(Reply.Failure::kind).isEqualTo(FailureKind.UNAVAILABLE);
        theNextTermServes(xid);
    }

    @Test
    void aFirstEntryThatTheLogDidNotTakeIsTriedAgain() {
        log.slow = true;
        lead();
        log.failPending(new IOException("overloaded"));
        log.slow = false;
        turn();
        assertThat(turned.coordinator().status()).isNotEqualTo(Status.SERVING);

        clock.millis += UNTIL_THE_NEXT_MILLIS;
        turn();
        assertThat(turned.coordinator().status()).isEqualTo(Status.SERVING);
    }

    @Test
    void whoLeadsNoMoreWhenItsFirstEntryIsAppliedDoesNotServe() {
        log.slow = true;
        lead();
        turned.coordinator().lost("n2");
        turn();
        log.makeDurable();
        turn();

        assertThat(turned.coordinator().status()).isEqualTo(Status.NOT_LEADING);
        assertThat(turned.coordinator().leaderNode()).isEqualTo("n2");
        RecordedSession late = join(new RecordedSession());
        assertThat(late.closedWith).extracting(Reply.Failure::kind).isEqualTo(FailureKind.NOT_LEADER);
    }

    private void theNextTermServes(Xid xid) {
        assertThat(turned.coordinator().status()).isEqualTo(Status.STARTING);
        clock.millis += UNTIL_THE_NEXT_MILLIS;
        turn();
        assertThat(turned.coordinator().status()).isEqualTo(Status.SERVING);
        RecordedSession again = join(new RecordedSession());
        commit(again, 2, xid);
        assertThat(again.answers.get(2L)).isInstanceOf(Reply.Decided.class);
    }

    private void lead() {
        turned.coordinator().gained();
        turn();
    }

    private RecordedSession join(RecordedSession session) {
        turned.coordinator()
                .joined(session, 1, new Request.Hello(WireProtocol.VERSION, "app", session.instance(), Map.of()));
        turn();
        return session;
    }

    private void commit(Session session, long number, Xid xid) {
        turned.coordinator().received(session, number, new Request.Commit(xid));
        turn();
    }

    private void turn() {
        for (int i = 0; i < 5; i++) {
            turned.turn();
        }
    }

    private Xid xid(int number) {
        String cluster = turned.coordinator().<String>read(StateMachine::cluster);
        return Xid.mint(cluster, clock.millis(), new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) number});
    }
}
