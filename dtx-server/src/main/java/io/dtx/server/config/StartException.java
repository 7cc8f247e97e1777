package io.dtx.server.config;

import org.jspecify.annotations.Nullable;

/** The coordinator can not start, for a reason outside of it that a person can remove. */
public final class StartException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final String remedy;

    /**
     * @param problem one sentence
     * @param remedy what to do
     */
    public StartException(String problem, String remedy, @Nullable Throwable cause) {
        super(problem, cause);
        this.remedy = remedy;
    }

    public String remedy() {
        return remedy;
    }
}
