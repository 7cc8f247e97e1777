package io.dtx.rm;

import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.undo.UndoEntry;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What the statements of one local transaction did, in their order, with the savepoints between them. */
final class CapturedWork {

    private final List<Captured> statements = new ArrayList<>();
    private final List<Mark> marks = new ArrayList<>();

    /** A savepoint, and how many statements were captured before it. */
    private record Mark(Savepoint savepoint, String name, int statements) {}

    void add(Captured statement) {
        statements.add(statement);
    }

    int size() {
        return statements.size();
    }

    boolean isEmpty() {
        return statements.isEmpty();
    }

    /**
     * One more savepoint. Drivers send a savepoint's name, and databases take the newest of that name: an older one can not be
     * gone back to any more, and is forgotten.
     */
    void mark(Savepoint savepoint) {
        String name = name(savepoint);
        marks.removeIf(mark -> !name.isEmpty() && mark.name().equalsIgnoreCase(name));
        marks.add(new Mark(savepoint, name, statements.size()));
    }

    /** Empty if it has none, but a number that is its own. */
    private static String name(Savepoint savepoint) {
        try {
            return Objects.requireNonNullElse(savepoint.getSavepointName(), "");
        } catch (SQLException unnamed) {
            return "";
        }
    }

    /**
     * Drops what was captured after a savepoint, and the savepoints after it.
     *
     * @return false if the savepoint is not one of this local transaction, or another has its name: what there is can not be
     *     told then
     */
    boolean dropSince(Savepoint savepoint) {
        for (int i = marks.size() - 1; i >= 0; i--) {
            if (marks.get(i).savepoint() == savepoint) {
                statements.subList(marks.get(i).statements(), statements.size()).clear();
                marks.subList(i + 1, marks.size()).clear();
                return true;
            }
        }
        return false;
    }

    /** Fewer than statements, maybe none: some are only to be locked for. */
    List<UndoEntry> entries() {
        List<UndoEntry> entries = new ArrayList<>(statements.size());
        for (Captured statement : statements) {
            UndoEntry entry = statement.entry();
            if (entry != null) {
                entries.add(entry);
            }
        }
        return entries;
    }

    /** Each key once: a row that is written and relied on is written. */
    List<Lock> locks() {
        Map<LockKey, Lock> locks = new LinkedHashMap<>();
        for (Captured statement : statements) {
            for (Lock lock : statement.locks()) {
                locks.merge(lock.key(), lock, (one, other) -> one.mode() == LockMode.EXCLUSIVE ? one : other);
            }
        }
        return List.copyOf(locks.values());
    }

    void clear() {
        statements.clear();
        marks.clear();
    }
}
