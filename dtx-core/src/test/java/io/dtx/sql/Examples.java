package io.dtx.sql;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Tables of examples: {@code MPH statement} (the dialects by their first letters; {@code \n} is a line feed), and where it
 * is not plain from the table, below it, after an arrow, what is expected.
 */
final class Examples {

    record Example(SessionRules rules, String sql, String expected) {
        @Override
        public String toString() {
            return rules.dialect() + " " + sql;
        }
    }

    private Examples() {}

    /** The examples in a file beside this class. */
    static List<Example> in(String file) {
        try (InputStream stream = Objects.requireNonNull(Examples.class.getResourceAsStream(file), file)) {
            return of(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Example> of(String table) {
        List<Example> examples = new ArrayList<>();
        String[] lines = table.strip().split("\n");
        for (int i = 0; i < lines.length; i++) {
            if (lines[i].isBlank()) {
                continue;
            }
            String line = lines[i].strip();
            int blank = line.indexOf(' ');
            String sql = line.substring(blank + 1).replace("\\n", "\n").replace("\\r", "\r");
            String next = i + 1 < lines.length ? lines[i + 1].strip() : "";
            String expected = "";
            if (next.startsWith("-> ")) {
                expected = next.substring(3).replace("\\n", "\n");
                i++;
            }
            for (Dialect dialect : dialects(line.substring(0, blank))) {
                examples.add(new Example(SessionRules.standard(dialect), sql, expected));
            }
        }
        return examples;
    }

    private static Set<Dialect> dialects(String letters) {
        Set<Dialect> dialects = EnumSet.noneOf(Dialect.class);
        for (Dialect dialect : Dialect.values()) {
            if (letters.indexOf(dialect.name().charAt(0)) >= 0) {
                dialects.add(dialect);
            }
        }
        return dialects;
    }
}
