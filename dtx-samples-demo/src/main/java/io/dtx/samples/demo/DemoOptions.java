package io.dtx.samples.demo;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What the user may choose, as {@code -Ddemo.<name>=<value>} on Maven's command line.
 *
 * @param home the root of the source tree, where the built jars are found
 * @param database empty: MariaDB where it can run, else PostgreSQL
 * @param discovery how bank1 finds bank2
 * @param dtx false shows what the same services do to the money without dtx
 */
record DemoOptions(
        Path home,
        Optional<DatabaseKind> database,
        Discovery discovery,
        boolean keep,
        boolean dtx,
        Map<Service, Integer> chosenPorts) {

    enum DatabaseKind {
        MARIADB,
        POSTGRESQL
    }

    enum Discovery {
        /** By a URL. */
        NONE,
        /** By its name, in a registry that the demo starts. */
        EUREKA
    }

    private static final String HOME = "demo.home";
    private static final String DATABASE = "demo.database";
    private static final String DISCOVERY = "demo.discovery";
    private static final String KEEP = "demo.keep";
    private static final String DTX = "demo.dtx";

    /** Reads the system properties, or any map that looks like them. */
    static DemoOptions from(Map<String, String> properties) {
        refuseUnknown(properties);
        Map<Service, Integer> ports = new EnumMap<>(Service.class);
        for (Service service : Service.values()) {
            String value = properties.get(service.portOption());
            if (value != null) {
                ports.put(service, port(service.portOption(), value));
            }
        }
        return new DemoOptions(
                Path.of(properties.getOrDefault(HOME, ".")).toAbsolutePath().normalize(),
                Optional.ofNullable(properties.get(DATABASE))
                        .map(value -> choice(DATABASE, value, DatabaseKind.values())),
                Optional.ofNullable(properties.get(DISCOVERY))
                        .map(value -> choice(DISCOVERY, value, Discovery.values()))
                        .orElse(Discovery.NONE),
                flag(properties, KEEP, false),
                flag(properties, DTX, true),
                Map.copyOf(ports));
    }

    /** 0 stands for any free port. */
    int port(Service service) {
        return chosenPorts.getOrDefault(service, service.defaultPort());
    }

    /** Whether this run has it. */
    boolean has(Service service) {
        return service != Service.REGISTRY || discovery == Discovery.EUREKA;
    }

    DemoOptions with(DatabaseKind kind) {
        return new DemoOptions(home, Optional.of(kind), discovery, keep, dtx, chosenPorts);
    }

    Path logs() {
        return target().resolve("demo-logs");
    }

    /** The coordinator's. */
    Path dataDirectory() {
        return target().resolve("demo-data");
    }

    private Path target() {
        return home.resolve("dtx-samples-demo").resolve("target");
    }

    private static void refuseUnknown(Map<String, String> properties) {
        Set<String> known = new TreeSet<>(Set.of(HOME, DATABASE, DISCOVERY, KEEP, DTX));
        for (Service service : Service.values()) {
            known.add(service.portOption());
        }
        for (String name : properties.keySet()) {
            if (name.startsWith("demo.") && !known.contains(name)) {
                throw new DemoFailure("There is no option " + name + "; there are: " + String.join(", ", known));
            }
        }
    }

    private static <E extends Enum<E>> E choice(String name, String value, E[] choices) {
        for (E choice : choices) {
            if (choice.name().equalsIgnoreCase(value)) {
                return choice;
            }
        }
        String words = Arrays.stream(choices)
                .map(choice -> choice.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(" or "));
        throw new DemoFailure(name + " must be " + words + ", but is " + value);
    }

    private static boolean flag(Map<String, String> properties, String name, boolean otherwise) {
        String value = properties.get(name);
        if (value == null) {
            return otherwise;
        }
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "", "true", "on", "yes" -> true;
            case "false", "off", "no" -> false;
            default -> throw new DemoFailure(name + " must be true or false, but is " + value);
        };
    }

    private static int port(String name, String value) {
        try {
            int port = Integer.parseInt(value);
            if (port >= 0 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException e) {
            // Answered below, like a number that is none of a port.
        }
        throw new DemoFailure(name + " must be a port (0 for any that is free), but is " + value);
    }
}
