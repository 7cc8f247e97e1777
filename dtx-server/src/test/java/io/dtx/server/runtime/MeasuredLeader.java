package io.dtx.server.runtime;

import io.dtx.model.RollbackReason;
import io.dtx.protocol.FailureKind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a leader told who measures it, as text; times only where they are those of the test's clock. */
final class MeasuredLeader implements LeaderListener {

    private final List<String> told = new ArrayList<>();
    int entries;

    List<String> take() {
        List<String> taken = List.copyOf(told);
        told.clear();
        return taken;
    }

    @Override
    public void begun() {
        told.add("begun");
    }

    @Override
    public void committed() {
        told.add("committed");
    }

    @Override
    public void rolledBack(RollbackReason reason) {
        told.add("rolled back " + reason);
    }

    @Override
    public void registered(long nanos) {
        told.add("registered");
    }

    @Override
    public void decided(long nanos) {
        told.add("decided");
    }

    @Override
    public void lockWaitEnded(@Nullable FailureKind failure, long millis) {
        told.add("waited " + millis + " ms for a lock: " + (failure == null ? "granted" : failure));
    }

    @Override
    public void appended(int commands, long nanos) {
        entries++;
    }

    @Override
    public void restored(long millis) {
        told.add("restored after " + millis + " ms");
    }

    @Override
    public void restoreFailed() {
        told.add("restore failed");
    }

    @Override
    public void stalled() {
        told.add("stalled");
    }
}
