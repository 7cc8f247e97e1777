package io.dtx.undo;

import java.sql.SQLException;

/** The undo_log table is missing or malformed, belongs to another resource, or holds a record that can not be used. */
public final class UndoLogException extends SQLException {

    private static final long serialVersionUID = 1L;

    UndoLogException(String message) {
        super(message, "HY000");
    }

    UndoLogException(String message, Throwable cause) {
        super(message, "HY000", cause);
    }
}
