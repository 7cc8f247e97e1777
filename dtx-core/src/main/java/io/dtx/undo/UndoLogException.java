package io.dtx.undo;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** The undo_log table is missing or malformed, belongs to another resource, or holds a record that can not be used. */
public final class UndoLogException extends SQLException {

    private static final long serialVersionUID = 1L;

    /** A remedy, where connections of one data source lead to several places. */
    static final String ONE_EACH = "Give each database, and each schema, a DataSource of its own.";

    private final boolean tableMissing;

    UndoLogException(String message) {
        this(message, null, false);
    }

    UndoLogException(String message, @Nullable Throwable cause) {
        this(message, cause, false);
    }

    private UndoLogException(String message, @Nullable Throwable cause, boolean tableMissing) {
        super(message, "HY000", cause);
        this.tableMissing = tableMissing;
    }

    /** For a schema in which the database says that there is no undo_log. */
    static UndoLogException missing(String message, SQLException cause) {
        return new UndoLogException(message, cause, true);
    }

    /** Whether the schema has no undo_log, and so no branch was ever committed there. */
    public boolean isTableMissing() {
        return tableMissing;
    }

    /** For a connection that is not one of this resource. */
    static UndoLogException otherResource(String resource) {
        return otherResource(
                resource, "its undo_log holds another id, or its schema was changed after it was opened. " + ONE_EACH);
    }

    /** For one in whose undo_log no row has the resource's id in its key, or none its name. */
    static UndoLogException withoutKeyRow(String resource, SQLException cause) {
        return new UndoLogException(
                "this connection does not lead to the resource " + resource + ": its undo_log has no row '"
                        + UndoLog.RESOURCE_XID
                        + "', or that is of another id. If rows of undo_log were deleted under the running"
                        + " application, restart that. " + ONE_EACH,
                cause);
    }

    /** @param why what was found where the connection leads, and the remedy */
    static UndoLogException otherResource(String resource, String why) {
        return new UndoLogException("this connection does not lead to the resource " + resource + ": " + why);
    }
}
