package io.dtx.context;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.Xid;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What speaks against an end of a part, to the initiator of a transaction as to a request that takes part in it. */
class ParticipationTests {

    private final Participation participation = new Participation(Xid.mint("cluster1", 1, new byte[10]));

    @AfterEach
    void noInterruptIsLeft() {
        Thread.interrupted();
    }

    @Test
    void nothingSpeaksAgainstAPartOfWhichAllHasEnded() {
        participation.taskStarted();
        participation.callStarted();
        participation.captureStarted();
        participation.captureEnded();
        participation.callEnded();
        participation.taskEnded();

        assertThat(objection()).isNull();
        assertThat(participation.isAtWork()).isFalse();
    }

    @Test
    void tasksAreToldBeforeCallsAndTheseBeforeLocalTransactions() {
        participation.taskStarted();
        participation.callStarted();
        participation.captureStarted();
        Thread.currentThread().interrupt(); // a task is not waited for then
        assertThat(objection()).isEqualTo("TASKS");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(participation.isAtWork()).isTrue();

        participation.taskEnded();
        assertThat(objection()).isEqualTo("CALL");
        assertThat(participation.isAtWork()).isTrue();

        participation.callEnded();
        assertThat(objection()).isEqualTo("LOCAL_TRANSACTION");
        assertThat(participation.isAtWork()).isTrue();

        participation.captureEnded();
        assertThat(objection()).isNull();
        assertThat(participation.isAtWork()).isFalse();
    }

    @Test
    void aVetoIsTheReasonWhateverIsAtWork() {
        participation.callStarted();
        participation.veto("no money");

        assertThat(objection()).isEqualTo("veto: no money");
    }

    /** The task is over, and so nothing is at work; but it was not content. */
    @Test
    @Timeout(20)
    void aTaskThatVetoesWhileItIsWaitedForIsHeard() throws InterruptedException {
        Thread task = taskThatEndsWhileItIsWaitedFor(() -> participation.veto("no money"));

        assertThat(objection()).isEqualTo("veto: no money");
        task.join();
    }

    /** The task is over; but what it began is not. */
    @Test
    @Timeout(20)
    void aCallThatATaskLeavesBehindWhileItIsWaitedForIsSeen() throws InterruptedException {
        Thread task = taskThatEndsWhileItIsWaitedFor(participation::callStarted);

        assertThat(objection()).isEqualTo("CALL");
        task.join();
    }

    @Test
    @Timeout(20)
    void aLocalTransactionThatATaskLeavesBehindWhileItIsWaitedForIsSeen() throws InterruptedException {
        Thread task = taskThatEndsWhileItIsWaitedFor(participation::captureStarted);

        assertThat(objection()).isEqualTo("LOCAL_TRANSACTION");
        task.join();
    }

    private Thread taskThatEndsWhileItIsWaitedFor(Runnable lastStep) {
        participation.taskStarted();
        Thread waiting = Thread.currentThread();
        Thread task = new Thread(() -> {
            while (waiting.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            lastStep.run();
            participation.taskEnded();
        });
        task.start();
        return task;
    }

    private @Nullable String objection() {
        return participation.<String>objection(veto -> "veto: " + veto, Objects::toString);
    }
}
