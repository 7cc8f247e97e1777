package io.dtx.undo;

/**
 * The table has no primary key, so no row of it can have a global lock; nor are there foreign keys from or to it, by which a write
 * could meet the locked rows of another table.
 */
public final class UnlockableTableException extends CaptureRefusedException {

    private static final long serialVersionUID = 1L;

    UnlockableTableException(String reason, String remedy) {
        super(reason, remedy);
    }

    /** The same for another caller: exceptions are not shared by threads. */
    UnlockableTableException again() {
        return new UnlockableTableException(reason(), remedy());
    }
}
