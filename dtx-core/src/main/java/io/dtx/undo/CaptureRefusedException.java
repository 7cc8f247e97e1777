package io.dtx.undo;

import io.dtx.error.SqlStates;
import java.sql.SQLFeatureNotSupportedException;

/**
 * A table, column or statement can not be captured exactly, so it may not be written inside a global transaction. Raised
 * before anything was changed; SQLState {@link SqlStates#REFUSED}.
 */
public class CaptureRefusedException extends SQLFeatureNotSupportedException {

    private static final long serialVersionUID = 1L;

    private final String reason;
    private final String remedy;

    /**
     * @param reason what can not be captured, naming the table
     * @param remedy what to do instead
     */
    public CaptureRefusedException(String reason, String remedy) {
        super("refused inside a global transaction: " + reason + ". " + remedy, SqlStates.REFUSED);
        this.reason = reason;
        this.remedy = remedy;
    }

    public String reason() {
        return reason;
    }

    public String remedy() {
        return remedy;
    }
}
