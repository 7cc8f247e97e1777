package io.dtx.test.equivalence;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;

/**
 * What a run on one database has shown.
 *
 * @param sequences how many were run
 * @param from the first seed; the others follow it
 */
record Report(String database, long sequences, long from, Duration took, int failures, Tally tally) {

    private static final Path PAGE = Path.of("..", "docs", "equivalence.md");

    String text() {
        return "## " + database + "\n\n" + sequences + " sequences (seeds " + from + " to " + (from + sequences - 1)
                + ") with "
                + tally.all() + " statements and batches in " + took.toMinutes() + " min " + took.toSecondsPart()
                + " s on "
                + LocalDate.now(ZoneOffset.UTC) + ": " + (failures == 0 ? "no difference" : failures + " differences")
                + ".\n\n"
                + tally.table();
    }

    /** Puts it in its place in the documentation. */
    void write() {
        try {
            String page = Files.readString(PAGE);
            String begin = "<!-- " + database + " -->\n";
            String end = "<!-- end of " + database + " -->\n";
            int first = page.indexOf(begin);
            int last = page.indexOf(end);
            if (first < 0 || last < first) {
                throw new IllegalStateException(PAGE + " has no place for " + database);
            }
            Files.writeString(PAGE, page.substring(0, first) + begin + text() + page.substring(last));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
