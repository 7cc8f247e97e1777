package io.dtx.samples.demo;

import io.dtx.samples.demo.DemoOptions.DatabaseKind;
import io.dtx.test.Database;
import io.dtx.test.DatabaseServer;
import io.dtx.test.Durability;
import io.dtx.test.MariaDbServer;
import io.dtx.test.PostgreSqlServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** All that runs during the demo: a database server, the coordinator, bank2, bank1, and a registry if one is asked for. */
final class Stage implements AutoCloseable {

    enum HoldPoint {
        BEFORE_UPDATE,
        BEFORE_COMMIT
    }

    private static final long HOLD_SECONDS = 20;
    private static final long CLEAN_UP_SECONDS = 15;
    private static final long REGISTRATION_SECONDS = 60;

    private final DemoOptions options;
    private final Ports ports;
    private final Progress progress;
    private final Children children;
    private final Optional<Registry> registry;
    private final DatabaseServer server;
    private final Ledger ledger;
    private final Console console;
    private final ServiceProcess coordinator;
    private final ServiceProcess bank2;
    private final ServiceProcess bank1;

    /** Starts everything and returns when it is healthy; what was started ends with this JVM at the latest. */
    static Stage set(DemoOptions options, Progress progress) {
        Ports ports = Ports.claim(options);
        clear(options.dataDirectory());
        clear(options.logs());
        progress.say("logs of all processes: " + options.logs());
        Children children = new Children();
        try {
            return new Stage(options, ports, progress, children);
        } catch (RuntimeException e) {
            children.close();
            throw e;
        }
    }

    private Stage(DemoOptions options, Ports ports, Progress progress, Children children) {
        this.options = options;
        this.ports = ports;
        this.progress = progress;
        this.children = children;
        this.console = new Console(ports.url(Service.CONSOLE), options.dataDirectory());
        Services services = new Services(options, ports);
        this.coordinator = children.add(services.coordinator());
        if (options.dtx()) {
            progress.say("starting the coordinator ...");
            coordinator.start();
        }
        this.registry = options.has(Service.REGISTRY) ? Optional.of(startRegistry()) : Optional.empty();
        this.server = startDatabase(options, progress);
        this.ledger = new Ledger(database("bank1"), database("bank2"));
        this.bank2 = children.add(services.bank2(ledger.bank2()));
        this.bank1 = children.add(services.bank1(ledger.bank1()));
        progress.say("starting bank2 and bank1 ...");
        bank2.start();
        // It reads the registry when it starts, and bank2 should be there by then.
        registry.ifPresent(names -> awaitRegistered("BANK2"));
        bank1.start();
        for (ServiceProcess service : options.dtx() ? List.of(coordinator, bank2, bank1) : List.of(bank2, bank1)) {
            service.awaitHealthy();
            progress.say(service.name() + " is healthy");
        }
    }

    private Registry startRegistry() {
        progress.say("starting a Eureka registry ...");
        return Registry.start(ports.of(Service.REGISTRY));
    }

    private void awaitRegistered(String name) {
        String url = ports.url(Service.REGISTRY) + "/eureka/apps/" + name;
        if (!Waiting.upTo(REGISTRATION_SECONDS, () -> Http.isOk(url))) {
            throw new DemoFailure(
                    name + " is not in the registry after " + REGISTRATION_SECONDS + " s. Logs: " + options.logs());
        }
        progress.say("the registry knows " + name);
    }

    private static DatabaseServer startDatabase(DemoOptions options, Progress progress) {
        DatabaseKind kind = options.database().orElse(DatabaseKind.MARIADB);
        try {
            if (kind == DatabaseKind.POSTGRESQL) {
                progress.say("starting PostgreSQL ...");
                return PostgreSqlServer.start(Durability.FULL);
            }
            progress.say("starting MariaDB ...");
            return MariaDbServer.start(Durability.FULL);
        } catch (IllegalStateException e) {
            if (options.database().isPresent()) {
                throw new DemoFailure(String.valueOf(e.getMessage()), e);
            }
            progress.say(String.valueOf(e.getMessage()));
            return startDatabase(options.with(DatabaseKind.POSTGRESQL), progress);
        }
    }

    private Database database(String bank) {
        String kind = server.dialect().name().toLowerCase(Locale.ROOT);
        Path scripts = options.home().resolve("sql").resolve(kind);
        Database database = server.create(bank);
        database.runScript(scripts.resolve(bank + ".sql"));
        database.runScript(scripts.resolve("undo_log.sql"));
        return database;
    }

    Ports ports() {
        return ports;
    }

    Ledger ledger() {
        return ledger;
    }

    String bank1(String path) {
        return ports.url(Service.BANK1) + path;
    }

    Answer transfer(String parameters) {
        return Http.post(bank1("/transfer?" + parameters));
    }

    void holdNextCredit(HoldPoint point) {
        require(Http.post(ports.url(Service.BANK2) + "/demo/hold?at=" + point));
    }

    /** Returns when a transfer stands still at bank2. */
    void awaitHeld() {
        String url = ports.url(Service.BANK2) + "/demo/hold";
        if (!Waiting.upTo(HOLD_SECONDS, () -> Http.get(url).text().contains("HOLDING"))) {
            throw new DemoFailure(
                    "The transfer has not come to bank2 within " + HOLD_SECONDS + " s. Logs: " + options.logs());
        }
    }

    void releaseCredit() {
        require(Http.post(ports.url(Service.BANK2) + "/demo/release"));
    }

    private static void require(Answer answer) {
        if (!answer.isOk()) {
            throw new DemoFailure("bank2's demo controls answer " + answer);
        }
    }

    /** Makes sure that both banks' branches are registered, so that what is tested is what is said. */
    void requireBothBranches() {
        if (options.dtx() && console.branches() != 2) {
            throw new DemoFailure("The coordinator knows " + console.branches() + " branches instead of 2");
        }
    }

    void killBank2() {
        progress.say("    bank2: SIGKILL");
        bank2.kill();
    }

    void startBank2() {
        startAgain(bank2);
    }

    void killCoordinator() {
        if (options.dtx()) {
            progress.say("    coordinator: SIGKILL");
            coordinator.kill();
        }
    }

    void startCoordinator() {
        if (options.dtx()) {
            startAgain(coordinator);
        }
    }

    private void startAgain(ServiceProcess service) {
        service.start();
        service.awaitHealthy();
        progress.say("    " + service.name() + ": started again");
    }

    /**
     * Waits for what is done after the answer (undo rows of a commit, restores of a rollback), and returns what is still
     * there after that time, in words.
     */
    List<String> awaitNothingLeft() {
        List<String> left = new ArrayList<>();
        Waiting.upTo(CLEAN_UP_SECONDS, () -> {
            left.clear();
            left.addAll(leftBehind());
            return left.isEmpty();
        });
        return left;
    }

    private List<String> leftBehind() {
        List<String> left = new ArrayList<>();
        int rows = ledger.undoRows();
        if (rows > 0) {
            left.add(rows + " undo rows are left");
        }
        if (options.dtx()) {
            try {
                left.addAll(console.unfinished());
            } catch (DemoFailure notAnswered) {
                left.add(String.valueOf(notAnswered.getMessage())); // asked again, as long as is waited
            }
        }
        return left;
    }

    @Override
    public void close() {
        children.close();
        registry.ifPresent(Registry::close);
        server.close();
    }

    private static void clear(Path directory) {
        try {
            if (Files.exists(directory)) {
                try (Stream<Path> files = Files.walk(directory)) {
                    for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(file);
                    }
                }
            }
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
