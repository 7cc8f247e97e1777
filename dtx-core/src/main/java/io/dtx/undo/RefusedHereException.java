package io.dtx.undo;

/**
 * A refusal that says something of this session, of its user or of this moment, and nothing lasting of the table: another data source,
 * another process, or the next try may fare better. A restore that meets it has failed, and is ordered again, from another process
 * first; what stalls a branch is what every one would find.
 */
public final class RefusedHereException extends CaptureRefusedException {

    private static final long serialVersionUID = 1L;

    RefusedHereException(String reason, String remedy) {
        super(reason, remedy);
    }
}
