package io.dtx.spring.diagnostics;

/**
 * Stops the start on a Spring Boot that is too old. There some of what dtx adds itself to has another name, so it would be left
 * out without a word: calls of what RestTemplateBuilder builds would carry no XID, and what they do would stay.
 */
public final class RequiredBoot {

    private static final int OLDEST = 4;

    private RequiredBoot() {}

    /**
     * @param version of the Spring Boot that runs, such as {@code 4.1.1}
     * @throws InvalidConfigurationException if it is too old
     */
    public static void check(String version) {
        if (Integer.parseInt(version.substring(0, version.indexOf('.'))) < OLDEST) {
            throw new InvalidConfigurationException(
                    "This application runs on Spring Boot " + version
                            + ", and dtx-spring-boot-starter needs Spring Boot "
                            + OLDEST + " or newer: on an older one some calls would silently be outside of global"
                            + " transactions.",
                    "Move the application to Spring Boot " + OLDEST + ", or take dtx-spring-boot-starter out.");
        }
    }
}
