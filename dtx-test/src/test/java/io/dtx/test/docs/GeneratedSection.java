package io.dtx.test.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A part of {@code docs/guarantees.md} that is made of what tests are made of, between two comments with its name. A test asks
 * whether it is as it would be made now; with the system property {@code docs.write=true} it is written instead.
 */
public final class GeneratedSection {

    private static final Path PAGE = Path.of("..", "docs", "guarantees.md");

    private GeneratedSection() {}

    /**
     * Checks, or writes.
     *
     * @param test the class that makes it, which names it
     */
    public static void check(Class<?> test, String content) {
        String name = test.getSimpleName();
        String begin = "<!-- begin of what " + name + " makes; do not edit -->\n";
        String end = "<!-- end of what " + name + " makes -->";
        try {
            String page = Files.readString(PAGE);
            int from = page.indexOf(begin);
            int to = page.indexOf(end);
            assertThat(from >= 0 && to > from)
                    .as("%s has the two comments of %s", PAGE, name)
                    .isTrue();
            String made = page.substring(0, from + begin.length()) + content + page.substring(to);
            if (Boolean.getBoolean("docs.write")) {
                Files.writeString(PAGE, made);
            } else {
                assertThat(page)
                        .as(
                                "%s is stale; to write it anew: mvn -pl dtx-test -am test -Dtest=%s"
                                        + " -Dsurefire.failIfNoSpecifiedTests=false -Ddocs.write=true",
                                PAGE, name)
                        .isEqualTo(made);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
