package io.dtx.undo;

/**
 * The user is not shown whether a table has triggers. That says something of the user, and nothing of the table: another data source, or
 * another process, may be shown.
 */
public final class HiddenTriggersException extends CaptureRefusedException {

    private static final long serialVersionUID = 1L;

    HiddenTriggersException(String reason, String remedy) {
        super(reason, remedy);
    }
}
