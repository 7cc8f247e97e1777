package io.dtx.spring.diagnostics;

/** The application can not start as it is written or configured. */
public final class InvalidConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String description;
    private final String action;

    /**
     * @param description what is wrong and where, in one or two sentences
     * @param action what to write instead
     */
    public InvalidConfigurationException(String description, String action) {
        super(description + " " + action);
        this.description = description;
        this.action = action;
    }

    String description() {
        return description;
    }

    String action() {
        return action;
    }
}
