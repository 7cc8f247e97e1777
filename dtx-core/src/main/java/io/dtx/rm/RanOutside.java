package io.dtx.rm;

import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What has run on a connection outside of global transactions since its local transaction began: looked at only if that is to
 * belong to a global one. Used by one thread at a time, as the connection is.
 *
 * <p>Every statement outside comes by here, so one with the text of the one before must cost next to nothing.
 */
final class RanOutside {

    private static final int MOST_TEXTS = 100;
    /** In characters: whoever writes values into the text is not to have them all kept. */
    private static final int LONGEST_TEXT = 10_000;

    private Set<String> texts = Set.of();
    private @Nullable String last;
    /** Whether anything ran that is not among the texts; none are kept then. */
    private boolean unknown;

    /** Which statements do nothing but read, without locking rows. */
    interface PlainReads {
        boolean contain(String sql) throws SQLException;
    }

    void add(String sql) {
        if (unknown || sql.equals(last)) {
            return;
        }
        if (sql.length() > LONGEST_TEXT || (texts.size() >= MOST_TEXTS && !texts.contains(sql))) {
            addUnknown();
            return;
        }
        if (texts.isEmpty()) {
            texts = new HashSet<>();
        }
        texts.add(sql);
        last = sql;
    }

    void addUnknown() {
        clear();
        unknown = true;
    }

    void clear() {
        texts = Set.of();
        last = null;
        unknown = false;
    }

    /**
     * Whether a rollback has nothing to undo of it. Plain reads need no undo: a session that is kept open for a view reads before
     * the global transaction begins, and with a pool whose connections are not in autocommit mode nothing ends that.
     */
    boolean isOf(PlainReads reads) throws SQLException {
        if (unknown) {
            return false;
        }
        for (String sql : texts) {
            if (!reads.contain(sql)) {
                return false;
            }
        }
        return true;
    }
}
