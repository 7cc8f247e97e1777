package io.dtx.settings;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names that can be set, and which of them someone meant who wrote another. Immutable.
 *
 * <p>Names are dotted, as {@code dtx.undo-log.max-size}; dashes, underscores and capitals in them make no difference, and an
 * index or whatever follows a name that ends in {@code .*} does not either.
 */
public final class SettingNames {

    private static final String ANYTHING_BELOW = ".*";

    /** What Kubernetes puts into the environment of every container for a service whose name begins with "dtx". */
    private static final Pattern SERVICE_LINK =
            Pattern.compile(".*\\.(service\\.host|service\\.port(\\..*)?|port(\\[\\d+]\\.(tcp|udp)(\\..*)?)?)");

    private final List<String> names;

    /** @param names each in its canonical form; one that ends in {@code .*} stands for all below */
    public SettingNames(Collection<String> names) {
        this.names = List.copyOf(new TreeSet<>(names));
    }

    /**
     * The names of the components of a record, and of the records in it, below a prefix.
     *
     * @param given the name that a component has been given by an annotation; null for that of the component itself
     */
    public static SettingNames of(
            String prefix, Class<? extends Record> settings, Function<AnnotatedElement, @Nullable String> given) {
        List<String> names = new ArrayList<>();
        collect(prefix, settings, given, (name, type) -> names.add(name));
        return new SettingNames(names);
    }

    /** Likewise, of components of one type alone. */
    public static SettingNames ofType(
            Class<?> wanted,
            String prefix,
            Class<? extends Record> settings,
            Function<AnnotatedElement, @Nullable String> given) {
        List<String> names = new ArrayList<>();
        collect(prefix, settings, given, (name, type) -> {
            if (type == wanted) {
                names.add(name);
            }
        });
        return new SettingNames(names);
    }

    private static void collect(
            String prefix,
            Class<?> settings,
            Function<AnnotatedElement, @Nullable String> given,
            BiConsumer<String, Class<?>> found) {
        for (Parameter parameter : settings.getDeclaredConstructors()[0].getParameters()) {
            String own = given.apply(parameter);
            String name = prefix + "." + (own != null ? own : dashed(parameter.getName()));
            if (parameter.getType().isRecord()) {
                collect(name, parameter.getType(), given, found);
            } else {
                found.accept(
                        Map.class.isAssignableFrom(parameter.getType()) ? name + ANYTHING_BELOW : name,
                        parameter.getType());
            }
        }
    }

    private static String dashed(String component) {
        return component.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    /** All, in alphabetical order. */
    public List<String> all() {
        return names;
    }

    /**
     * What a name that somebody has written is.
     *
     * @param variable whether it was a variable of the environment: those do not tell {@code undo-log.max-size} from
     *     {@code undo.log.max.size}, and some are put there by others
     */
    public Spelling spelling(String name, boolean variable) {
        if (contains(name)) {
            return new Spelling.Known();
        }
        if (variable && (containsWords(name) || SERVICE_LINK.matcher(name).matches())) {
            return new Spelling.Known();
        }
        List<String> members = below(name);
        if (!members.isEmpty()) {
            return new Spelling.Group(members);
        }
        return meantBy(name).<Spelling>map(Spelling.Slip::new).orElseGet(() -> new Spelling.Unknown(beside(name)));
    }

    private boolean contains(String name) {
        String plain = uniform(name);
        return names.stream().anyMatch(known -> {
            String uniform = uniform(known);
            return uniform.endsWith(ANYTHING_BELOW)
                    ? plain.startsWith(uniform.substring(0, uniform.length() - 1))
                    : plain.equals(uniform);
        });
    }

    private boolean containsWords(String name) {
        return names.stream().anyMatch(known -> together(known).equals(together(name)));
    }

    /** One slip in all, or one in three letters of each part. */
    private Optional<String> meantBy(String name) {
        return names.stream()
                .filter(known -> isNear(name, known))
                .min(Comparator.comparingInt(known -> slips(together(name), together(known))));
    }

    private List<String> below(String group) {
        String beginning = uniform(group) + ".";
        return names.stream()
                .filter(known -> uniform(known).startsWith(beginning))
                .toList();
    }

    private List<String> beside(String name) {
        String group = name;
        while (group.indexOf('.') != group.lastIndexOf('.')) {
            group = group.substring(0, group.lastIndexOf('.'));
            List<String> found = below(group);
            if (!found.isEmpty()) {
                return found;
            }
        }
        return List.of();
    }

    private static boolean isNear(String name, String known) {
        if (slips(together(name), together(known)) <= 1) {
            return true;
        }
        String[] written = uniform(name).split("\\.");
        String[] meant = uniform(known).split("\\.");
        if (written.length != meant.length) {
            return false;
        }
        for (int i = 0; i < written.length; i++) {
            if (slips(written[i], meant[i]) > Math.max(written[i].length(), meant[i].length()) / 3) {
                return false;
            }
        }
        return true;
    }

    private static String uniform(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("\\[[^]]*]", "").replaceAll("[-_]", "");
    }

    private static String together(String name) {
        return uniform(name).replace(".", "");
    }

    /**
     * How many letters must be put in, left out, changed or swapped with their neighbour to get from one to the other (the
     * optimal string alignment distance).
     */
    private static int slips(String from, String to) {
        int[][] least = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                if (i == 0 || j == 0) {
                    least[i][j] = i + j;
                    continue;
                }
                int changed = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
                least[i][j] = Math.min(Math.min(least[i - 1][j], least[i][j - 1]) + 1, least[i - 1][j - 1] + changed);
                if (i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1)) {
                    least[i][j] = Math.min(least[i][j], least[i - 2][j - 2] + 1);
                }
            }
        }
        return least[from.length()][to.length()];
    }
}
