package io.dtx.undo;

import io.dtx.model.BranchId;
import java.util.List;

/** Undo entries to bytes and back. Thread-safe. */
public final class UndoCodec {

    private final long maxSize;

    /** @param maxSize the largest record, in bytes as stored */
    public UndoCodec(long maxSize) {
        this.maxSize = maxSize;
    }

    /**
     * Encodes what a local transaction did, in statement order.
     *
     * @throws UndoLogException if the record would be larger than allowed: the local transaction must be rolled back
     */
    public EncodedUndo encode(BranchId branch, List<UndoEntry> entries) throws UndoLogException {
        throw new UnsupportedOperationException(branch + ": " + entries + ": " + maxSize);
    }

    /**
     * Decodes a record completely, or not at all.
     *
     * @throws UndoLogException if the bytes are not what was encoded for this branch, or of a version not known here
     */
    public List<UndoEntry> decode(BranchId branch, EncodedUndo undo) throws UndoLogException {
        throw new UnsupportedOperationException(branch + ": " + undo);
    }
}
