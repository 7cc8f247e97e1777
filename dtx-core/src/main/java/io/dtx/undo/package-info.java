/**
 * Images of rows, undo records, the undo_log table and the restore that puts before images back. Must not know the
 * coordinator.
 */
@NullMarked
package io.dtx.undo;

import org.jspecify.annotations.NullMarked;
