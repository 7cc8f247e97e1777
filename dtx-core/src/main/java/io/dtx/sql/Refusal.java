package io.dtx.sql;

/** Carries a refusal out of the depths of the analysis; never leaves the package. */
final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String reason;
    private final String remedy;

    /** Texts are shown to people and logged: they name keywords and identifiers, never literals. */
    Refusal(String reason, String remedy) {
        super(reason, null, false, false);
        this.reason = reason;
        this.remedy = remedy;
    }

    SqlStatement.Refused asStatement() {
        return new SqlStatement.Refused(reason, remedy);
    }
}
