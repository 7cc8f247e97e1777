package io.dtx.rm;

import io.dtx.model.Lock;
import io.dtx.undo.UndoEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one statement did.
 *
 * @param entry its images; null for rows that it found as it would have left them
 * @param locks the global locks that it needs
 */
record Captured(@Nullable UndoEntry entry, List<Lock> locks) {
    Captured {
        locks = List.copyOf(locks);
    }
}
