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

    /** For a connection that is not one of this resource. */
    static UndoLogException otherResource(String resource) {
        return new UndoLogException("this connection does not lead to the resource " + resource
                + ": its undo_log holds another id, or its schema was changed after it was opened."
                + " Give each database, and each schema, a DataSource of its own.");
    }
}
