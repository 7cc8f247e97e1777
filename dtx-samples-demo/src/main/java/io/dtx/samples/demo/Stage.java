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
import java.util.Map;
import java.util.stream.Stream;

/** All that runs during the demo: a database server, the coordinator, bank2 and bank1. */
final class Stage implements AutoCloseable {

    enum HoldPoint {
        BEFORE_UPDATE,
        BEFORE_COMMIT
    }

    private static final long HOLD_SECONDS = 20;
    private static final long CLEAN_UP_SECONDS = 15;

    private final DemoOptions options;
    private final Ports ports;
    private final Progress progress;
    private final DatabaseServer server;
    private final Ledger ledger;
    private final ServiceProcess coordinator;
    private final ServiceProcess bank2;
    private final ServiceProcess bank1;
    private final Thread closeAtExit = new Thread(this::stopAll, "demo-stop");

    private Stage(DemoOptions options, Ports ports, Progress progress, DatabaseServer server) {
        this.options = options;
        this.ports = ports;
        this.progress = progress;
        this.server = server;
        this.ledger = new Ledger(database("bank1"), database("bank2"));
        this.coordinator = service(
                "coordinator",
                "dtx-server",
                List.of(
                        "--dtx.server.port=" + ports.of(Service.COORDINATOR),
                        "--server.port=" + ports.of(Service.CONSOLE),
                        "--dtx.server.data-dir=" + options.work().resolve("demo-data")),
                Map.of(),
                Service.CONSOLE);
        this.bank2 = bank(Service.BANK2, ledger.bank2(), List.of());
        this.bank1 = bank(Service.BANK1, ledger.bank1(), List.of("--bank2.url=" + ports.url(Service.BANK2)));
    }

    /** Starts everything and returns when it is healthy; what was started stops with this JVM at the latest. */
    static Stage set(DemoOptions options, Progress progress) {
        Ports ports = Ports.claim(options);
        clear(options.work().resolve("demo-data"));
        clear(options.logs());
        progress.say("logs of all processes: " + options.logs());
        Stage stage = new Stage(options, ports, progress, startDatabase(options, progress));
        Runtime.getRuntime().addShutdownHook(stage.closeAtExit);
        try {
            stage.start();
            return stage;
        } catch (RuntimeException e) {
            stage.close();
            throw e;
        }
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
            if (options.database().isPresent() || kind == DatabaseKind.POSTGRESQL) {
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

    private ServiceProcess bank(Service which, Database database, List<String> more) {
        List<String> arguments = new ArrayList<>(List.of(
                "--spring.profiles.active=demo",
                "--server.port=" + ports.of(which),
                "--spring.datasource.url=" + database.url(),
                "--spring.datasource.username=" + database.user(),
                "--dtx.coordinator.addresses=localhost:" + ports.of(Service.COORDINATOR)));
        if (!options.dtx()) {
            arguments.addAll(List.of("--dtx.enabled=false", "--dtx.disabled-behaviour=ignore"));
        }
        arguments.addAll(more);
        // In the environment, since a command line can be read by every user of the machine.
        Map<String, String> secrets = Map.of("SPRING_DATASOURCE_PASSWORD", database.password());
        return service(which.label(), "dtx-samples-" + which.label(), arguments, secrets, which);
    }

    private ServiceProcess service(
            String name, String module, List<String> arguments, Map<String, String> secrets, Service health) {
        return new ServiceProcess(
                name, jar(module), arguments, secrets, options.logs(), ports.url(health) + "/actuator/health");
    }

    private Path jar(String module) {
        Path target = options.home().resolve(module).resolve("target");
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(file -> file.getFileName().toString().matches(module + "-.*\\.jar"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no jar in it"));
        } catch (IOException e) {
            throw new DemoFailure("There is no " + module + " in " + target + ": build it with `mvn package`.", e);
        }
    }

    private void start() {
        progress.say("starting the coordinator, bank2 and bank1 ...");
        List<ServiceProcess> all = options.dtx() ? List.of(coordinator, bank2, bank1) : List.of(bank2, bank1);
        all.forEach(ServiceProcess::start);
        for (ServiceProcess service : all) {
            service.awaitHealthy();
            progress.say(service.name() + " is healthy");
        }
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
        return left;
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(closeAtExit);
        stopAll();
        server.close();
    }

    /** The database server has a shutdown hook of its own. */
    private void stopAll() {
        Stream.of(bank1, bank2, coordinator).forEach(ServiceProcess::stop);
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
