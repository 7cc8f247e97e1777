package io.dtx.server.console;

/**
 * The body of every answer that is not a success.
 *
 * @param error what is wrong, one sentence
 * @param remedy what to do about it
 */
public record Problem(String error, String remedy) {

    /** Ends a request with a problem. */
    static final class Raised extends RuntimeException {

        private static final long serialVersionUID = 1;

        private final int status;
        private final transient Problem problem;

        Raised(int status, String error, String remedy) {
            super(error);
            this.status = status;
            this.problem = new Problem(error, remedy);
        }

        int status() {
            return status;
        }

        Problem problem() {
            return problem;
        }
    }

    static Raised bad(String error, String remedy) {
        return new Raised(400, error, remedy);
    }

    static Raised notFound(String error, String remedy) {
        return new Raised(404, error, remedy);
    }

    static Raised conflict(String error, String remedy) {
        return new Raised(409, error, remedy);
    }

    static Raised unavailable(String error, String remedy) {
        return new Raised(503, error, remedy);
    }
}
