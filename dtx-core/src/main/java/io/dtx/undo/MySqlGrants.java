package io.dtx.undo;

import io.dtx.undo.Table.NameCase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether {@code SHOW GRANTS} of MySQL or MariaDB says that the user has the privilege TRIGGER on a table: without it the catalogue
 * shows no triggers, though there may be some, and they act for the user as for everybody. Wherever it is in doubt, the answer
 * is no. What the server shows holds the grants of roles that are active, and of PUBLIC.
 *
 * <p>Privileges come from all databases, from the database, and from the table, to the user and to each role, and add up. But
 * of several databases' names with wildcards that fit, only the most specific counts: its grants alone, and not those of the
 * others.
 */
final class MySqlGrants {

    /** As the session's mode, or the server's version, has it. */
    private static final Pattern QUOTED = Pattern.compile("`(?:[^`]|``)*+`|\"(?:[^\"]|\"\")*+\"|'(?:[^']|'')*+'");
    /** With the number of a quoted name, behind a #, in its place, and without lists of columns. */
    private static final Pattern GRANT = Pattern.compile(
            "(GRANT|REVOKE) ([A-Z0-9_, ]+) ON (?:TABLE )?([^\\s.]+)\\.(\\S+) (?:TO|FROM) (\\S+).*", Pattern.DOTALL);

    private static final Pattern NUMBER = Pattern.compile("#(\\d+)");
    private static final Pattern SEES_TRIGGERS = Pattern.compile("(^|, ?)(TRIGGER|ALL|ALL PRIVILEGES) ?(,|$)");

    private MySqlGrants() {}

    /** What one user or role is granted on the database, by the most specific of the names that fit it. */
    private static final class OnDatabase {
        private int specific = -1;
        private boolean shows;

        void add(int howSpecific, boolean showsTriggers) {
            shows = howSpecific > specific ? showsTriggers : howSpecific == specific ? shows && showsTriggers : shows;
            specific = Math.max(specific, howSpecific);
        }
    }

    /**
     * @param grants as the server shows them, one a line
     * @param names how it compares the names of databases and tables
     */
    static boolean showTriggers(List<String> grants, String database, String table, NameCase names) {
        boolean found = false;
        Map<String, OnDatabase> byGrantee = new HashMap<>();
        for (String grant : grants) {
            List<String> quoted = new ArrayList<>();
            String plain = QUOTED.matcher(grant).replaceAll(name -> {
                quoted.add(unquoted(name.group()));
                return "#" + (quoted.size() - 1);
            });
            Matcher matcher = GRANT.matcher(plain.replaceAll("\\([^)]*\\)", ""));
            if (!matcher.matches()) {
                continue;
            }
            boolean shows = SEES_TRIGGERS.matcher(matcher.group(2)).find();
            String on = named(matcher.group(3), quoted);
            String of = named(matcher.group(4), quoted);
            if (matcher.group(1).equals("REVOKE")) {
                if (shows && pattern(on, names).matcher(database).matches()) {
                    return false;
                }
            } else if (matcher.group(3).equals("*")) {
                found |= shows;
            } else if (!matcher.group(4).equals("*")) {
                found |= shows && same(on, database, names) && same(of, table, names);
            } else if (pattern(on, names).matcher(database).matches()) {
                byGrantee
                        .computeIfAbsent(named(matcher.group(5), quoted), unknown -> new OnDatabase())
                        .add(specific(on), shows);
            }
        }
        return found || byGrantee.values().stream().anyMatch(granted -> granted.shows);
    }

    /** As the server sorts them: the longer a name goes on without a wildcard. */
    private static int specific(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '%' || c == '_') {
                return Math.min(i + 1, 127);
            }
            i += c == '\\' ? 1 : 0;
        }
        return 128;
    }

    private static boolean same(String one, String other, NameCase names) {
        return names == NameCase.IGNORED ? one.equalsIgnoreCase(other) : one.equals(other);
    }

    private static String unquoted(String name) {
        String quote = name.substring(0, 1);
        return name.substring(1, name.length() - 1).replace(quote + quote, quote);
    }

    private static String named(String plain, List<String> quoted) {
        return NUMBER.matcher(plain)
                .replaceAll(number -> Matcher.quoteReplacement(quoted.get(Integer.parseInt(number.group(1)))));
    }

    private static Pattern pattern(String name, NameCase names) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '%') {
                regex.append(".*");
            } else if (c == '_') {
                regex.append('.');
            } else {
                boolean escapes = c == '\\' && i + 1 < name.length();
                regex.append(Pattern.quote(String.valueOf(escapes ? name.charAt(++i) : c)));
            }
        }
        return Pattern.compile(
                regex.toString(), Pattern.DOTALL | (names == NameCase.IGNORED ? Pattern.CASE_INSENSITIVE : 0));
    }
}
