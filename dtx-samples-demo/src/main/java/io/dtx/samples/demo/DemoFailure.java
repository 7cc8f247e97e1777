package io.dtx.samples.demo;

/** The demo cannot go on for a reason that its user can do something about: one line, without a stack trace. */
public final class DemoFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    DemoFailure(String message) {
        super(message);
    }

    DemoFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
