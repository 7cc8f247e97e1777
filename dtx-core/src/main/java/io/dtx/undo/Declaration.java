package io.dtx.undo;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A column's type as an undo record holds it, and as a catalogue spells it, in its parts: of {@code decimal(18,2) unsigned} the kind is
 * {@code decimal unsigned}, the arguments are 18 and 2. Immutable.
 *
 * <p>A restore compares and writes by value. So it may go on where a column was altered meanwhile, if every value that the column held is
 * read as before, means the same, and is taken back. Which alterations are such, {@link MySqlTypes}, {@link PostgreSqlTypes} and
 * {@link H2Types} list; all others stall the branch, and do not fail it: it waits for a person, who changes the column back.
 *
 * @param before what stands before the arguments; all of it, if there are none
 * @param arguments as they are written, quotes included; empty for none
 * @param behind what stands behind them
 */
record Declaration(String before, List<String> arguments, String behind) {

    private static final Pattern PARTS = Pattern.compile("([^(]*)(?:\\((.*)\\))?([^)]*)", Pattern.DOTALL);
    /** A text in quotes, in which each quote is doubled, or a number. */
    private static final Pattern ARGUMENT = Pattern.compile("'(?:[^']|'')*'|[^,']+", Pattern.DOTALL);

    static Declaration of(String text) {
        Matcher parts = PARTS.matcher(text);
        if (!parts.matches()) {
            return new Declaration(text, List.of(), "");
        }
        List<String> arguments = new ArrayList<>();
        if (parts.group(2) != null) {
            ARGUMENT.matcher(parts.group(2)).results().forEach(argument -> arguments.add(argument.group()));
        }
        return new Declaration(parts.group(1), List.copyOf(arguments), parts.group(3));
    }

    /** All of it but the arguments. */
    String kind() {
        return before + behind;
    }

    /** The kind up to its first blank. */
    String type() {
        String kind = kind();
        int blank = kind.indexOf(' ');
        return blank < 0 ? kind : kind.substring(0, blank);
    }

    /** Whether this one's first argument is as large as the other's, or larger, and the further ones are the same. */
    boolean isAsWideAs(Declaration other) {
        return !arguments.isEmpty()
                && arguments.size() == other.arguments.size()
                && number() >= other.number()
                && arguments.subList(1, arguments.size()).equals(other.arguments.subList(1, arguments.size()));
    }

    /** Likewise, where none at all stands for the largest. */
    boolean isAsWideAsOrWithoutLimit(Declaration other) {
        return arguments.isEmpty() || isAsWideAs(other);
    }

    private long number() {
        return Long.parseLong(arguments.get(0).trim());
    }

    /** Whether one kind stands before another in a list, or is the same. */
    static boolean grows(List<String> kinds, String from, String to) {
        return kinds.contains(from) && kinds.indexOf(to) >= kinds.indexOf(from);
    }
}
