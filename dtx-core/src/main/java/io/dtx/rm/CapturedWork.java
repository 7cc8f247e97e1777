package io.dtx.rm;

import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.undo.UndoEntry;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the statements of one local transaction did, in their order, with the savepoints between them. */
final class CapturedWork {

    private final List<Captured> statements = new ArrayList<>();
    private final List<Mark> marks = new ArrayList<>();

    /** A savepoint, and how many statements were captured before it. */
    private record Mark(Savepoint savepoint, int statements) {}

    void add(Captured statement) {
        statements.add(statement);
    }

    boolean isEmpty() {
        return statements.isEmpty();
    }

    void mark(Savepoint savepoint) {
        marks.add(new Mark(savepoint, statements.size()));
    }

    /**
     * Drops what was captured after a savepoint, and the savepoints after it.
     *
     * @return false if the savepoint is not one of this local transaction: what there is can not be told then
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

    List<UndoEntry> entries() {
        List<UndoEntry> entries = new ArrayList<>(statements.size());
        for (Captured statement : statements) {
            entries.add(statement.entry());
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
