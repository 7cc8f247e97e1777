package io.dtx.rm;

import io.dtx.model.Lock;
import io.dtx.undo.UndoEntry;
import java.util.List;

/**
 * What one statement did.
 *
 * @param entry its images
 * @param locks the global locks that it needs
 */
record Captured(UndoEntry entry, List<Lock> locks) {
    Captured {
        locks = List.copyOf(locks);
    }
}
