package io.dtx.spring.jdbc;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.springframework.util.function.SingletonSupplier;

/**
 * The data sources that the application has left out by name, and which of the names have met one. Weak, since some routing
 * data sources make a target for each connection. Thread-safe.
 */
final class Exclusions {

    private final Supplier<Set<String>> names;
    private final Set<String> met = ConcurrentHashMap.newKeySet();
    private final Set<DataSource> leftOut = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    /** @param names fetched when the first data source is there */
    Exclusions(Supplier<Set<String>> names) {
        this.names = SingletonSupplier.of(names);
    }

    /** Whether it is one of those that are left out, perhaps as what goes by this name. */
    boolean contains(DataSource dataSource, String name) {
        if (names.get().contains(name)) {
            met.add(name);
            leftOut.add(dataSource);
            return true;
        }
        return contains(dataSource);
    }

    /** Whether it is one of those that were left out by their names. */
    boolean contains(DataSource dataSource) {
        return leftOut.contains(dataSource);
    }

    /** Whether this is one of the names. */
    boolean holds(String name) {
        return names.get().contains(name);
    }

    /** Names that no data source went by so far, in their order. */
    Set<String> unmet() {
        Set<String> unmet = new TreeSet<>(names.get());
        unmet.removeAll(met);
        return unmet;
    }
}
