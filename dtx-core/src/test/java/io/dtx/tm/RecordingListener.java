package io.dtx.tm;

import io.dtx.model.Outcome;
import io.dtx.model.Xid;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what it is told, as short texts. */
final class RecordingListener implements TransactionListener {

    final List<String> heard = new CopyOnWriteArrayList<>();

    @Override
    public void began(Xid xid, String name) {
        heard.add("began " + name);
    }

    @Override
    public void committed(Xid xid, String name, Duration took) {
        heard.add("committed " + name + sane(took));
    }

    @Override
    public void rolledBack(Outcome outcome, String name, Duration took) {
        heard.add("rolled back " + name + " "
                + Objects.requireNonNull(outcome.rollback()).reason() + sane(took));
    }

    @Override
    public void inDoubt(Xid xid, String name, Duration took) {
        heard.add("in doubt " + name + sane(took));
    }

    private static String sane(Duration took) {
        return took.isNegative() || took.isZero() ? " took " + took : "";
    }
}
