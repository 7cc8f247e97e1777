package io.dtx.spring.propagation;

import java.math.BigInteger;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which hosts are trusted with an XID. Decides by the text alone: no name is ever looked up, so that a foreign name can not
 * become trusted by what its owner's DNS answers.
 *
 * <p>A pattern is a host name, {@code *.} and a domain for all names below it, an address, a range ({@code 10.0.0.0/8}),
 * {@code *} for every host, or {@code internal}: loopback, link-local and private addresses (RFC 1918, RFC 4193), names of
 * one label, and names that can not be public ({@code .local}, {@code .localhost}, {@code .internal}). After {@code !} it
 * excludes, whatever else allows; exclusions alone are taken from {@code internal}.
 */
public final class HostRule {

    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?");
    // Starts with a letter: 3232235777 and 0x7f000001 are addresses in disguise.
    private static final Pattern ONE_LABEL = Pattern.compile("[A-Za-z][A-Za-z0-9_-]*");
    private static final List<String> NEVER_PUBLIC = List.of(".local", ".localhost", ".internal");

    private final String written;

    private final List<Predicate<String>> rules;

    private final List<Predicate<String>> exclusions;

    private HostRule(String written, List<Predicate<String>> rules, List<Predicate<String>> exclusions) {
        this.written = written;
        this.rules = rules;
        this.exclusions = exclusions;
    }

    /** @throws IllegalArgumentException if a pattern is none, which the message quotes, or if there are none */
    public static HostRule of(List<String> patterns) {
        if (patterns.isEmpty()) {
            throw new IllegalArgumentException("no pattern");
        }
        List<Predicate<String>> rules = new ArrayList<>();
        List<Predicate<String>> exclusions = new ArrayList<>();
        for (String pattern : patterns) {
            String text = pattern.strip();
            if (text.startsWith("!")) {
                exclusions.add(rule(text.substring(1)));
            } else {
                rules.add(rule(text));
            }
        }
        String written = String.join(",", patterns);
        if (rules.isEmpty()) {
            // Whoever leaves one host out does not mean all the others.
            rules.add(HostRule::isInternal);
            written = "internal," + written;
        }
        return new HostRule(written, rules, exclusions);
    }

    /** @param host a name or an address as in a URI, IPv6 with or without brackets; null is never allowed */
    public boolean allows(@Nullable String host) {
        if (host == null || host.isEmpty()) {
            return false;
        }
        String plain = normalise(host);
        return rules.stream().anyMatch(rule -> rule.test(plain)) && !excludes(host);
    }

    /** Whether the host is left out by a pattern after {@code !}, so that nothing else can allow it. */
    public boolean excludes(String host) {
        String plain = normalise(host);
        return exclusions.stream().anyMatch(rule -> rule.test(plain));
    }

    /** All patterns, as one writes them, and one for this host. */
    public String including(String host) {
        return written + "," + pattern(host);
    }

    /** All patterns, as one writes them, and an exclusion of this host. */
    public String excluding(String host) {
        return written + ",!" + pattern(host);
    }

    /** A host may come from a stranger: what is neither a name nor an address might, as a pattern, mean more than it. */
    private static String pattern(String host) {
        String plain = normalise(host);
        boolean one = address(plain) != null || NAME.matcher(plain).matches();
        return one && !plain.equals("internal") ? plain : "<host>";
    }

    private static Predicate<String> rule(String pattern) {
        String text = normalise(pattern.strip());
        if (pattern.strip().equals("*")) {
            return host -> true;
        }
        if (text.equals("internal")) {
            return HostRule::isInternal;
        }
        if (text.startsWith("*.") && NAME.matcher(text.substring(2)).matches()) {
            return host -> host.endsWith(text.substring(1));
        }
        if (text.contains("/")) {
            return range(text, pattern);
        }
        InetAddress address = address(text);
        if (address != null) {
            return host -> address.equals(address(host));
        }
        if (!NAME.matcher(text).matches()) {
            throw new IllegalArgumentException("'" + pattern + "'");
        }
        return text::equals;
    }

    private static Predicate<String> range(String text, String pattern) {
        int slash = text.indexOf('/');
        InetAddress network = address(text.substring(0, slash));
        String length = text.substring(slash + 1);
        int bits = network == null ? 0 : network.getAddress().length * 8;
        if (network == null || !length.matches("\\d{1,3}") || Integer.parseInt(length) > bits) {
            throw new IllegalArgumentException("'" + pattern + "'");
        }
        int shift = bits - Integer.parseInt(length);
        BigInteger prefix = new BigInteger(1, network.getAddress()).shiftRight(shift);
        return host -> {
            InetAddress address = address(host);
            return address != null
                    && address.getAddress().length * 8 == bits
                    && new BigInteger(1, address.getAddress()).shiftRight(shift).equals(prefix);
        };
    }

    private static boolean isInternal(String host) {
        InetAddress address = address(host);
        if (address == null) {
            return ONE_LABEL.matcher(host).matches() || NEVER_PUBLIC.stream().anyMatch(host::endsWith);
        }
        return address.isLoopbackAddress()
                || address.isSiteLocalAddress()
                || address.isLinkLocalAddress()
                || (address instanceof Inet6Address && (address.getAddress()[0] & 0xfe) == 0xfc);
    }

    private static String normalise(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        if (lower.startsWith("[") && lower.endsWith("]")) {
            lower = lower.substring(1, lower.length() - 1);
        }
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    /** Null unless the text is an address already: getByName asks no name server for these two shapes. */
    private static @Nullable InetAddress address(String text) {
        if (!IPV4.matcher(text).matches() && text.indexOf(':') < 0) {
            return null;
        }
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            return null;
        }
    }
}
