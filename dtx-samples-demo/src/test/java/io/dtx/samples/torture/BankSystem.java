package io.dtx.samples.torture;

import io.dtx.samples.demo.Console;
import io.dtx.test.Database;
import io.dtx.test.StablePort;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Coordinators, two banks and their database server as processes of their own, with a relay on each way between them. */
final class BankSystem implements AutoCloseable {

    static final int ACCOUNTS = 12;
    static final long BALANCE = 1_000_000;

    private static final String TIMEOUT = "6s";
    /** Short, so that a run of an hour sees outcomes forgotten, and guard rows that may go. */
    private static final String OUTCOME_RETENTION = "10m";

    private final Path home;
    private final Path directory;
    private final int coordinators;
    private final DatabaseProcess server;
    private final Database payingDatabase;
    private final Database receivingDatabase;
    private final List<Program> coordinatorPrograms = new ArrayList<>();
    private final List<Integer> coordinatorPorts = new ArrayList<>();
    private final List<Integer> consolePorts = new ArrayList<>();
    private final Network network;
    private final List<Program> banks = new ArrayList<>();
    private final int payingPort = StablePort.next();
    private final int receivingPort = StablePort.next();

    /**
     * Starts everything; returns when it answers.
     *
     * @param home the project's top folder
     * @param directory empty; gets data and logs
     */
    BankSystem(Path home, Path directory, int coordinators) throws Exception {
        this.home = home;
        this.directory = directory;
        this.coordinators = coordinators;
        this.network = new Network(directory);
        this.server = DatabaseProcess.start(System.getProperty("torture.database", "mariadb"));
        try {
            this.payingDatabase = database("paying");
            this.receivingDatabase = database("receiving");
            startCoordinators();
            int other = network.relay("paying", "receiving", receivingPort);
            bank("receiving", receivingPort, receivingDatabase, List.of());
            bank("paying", payingPort, payingDatabase, List.of("--torture.other=http://localhost:" + other));
            for (Program program : programs()) {
                program.awaitAlive();
            }
        } catch (Exception e) {
            close();
            throw e;
        }
    }

    String payingUrl() {
        return "http://localhost:" + payingPort;
    }

    Database payingDatabase() {
        return payingDatabase;
    }

    Database receivingDatabase() {
        return receivingDatabase;
    }

    DatabaseProcess server() {
        return server;
    }

    List<Program> coordinators() {
        return coordinatorPrograms;
    }

    List<Program> banks() {
        return banks;
    }

    Network network() {
        return network;
    }

    /** The coordinators' operator API, of each node. */
    List<Console> consoles() {
        List<Console> consoles = new ArrayList<>();
        for (int i = 0; i < coordinators; i++) {
            consoles.add(new Console("http://127.0.0.1:" + consolePorts.get(i), data(i)));
        }
        return consoles;
    }

    private List<Program> programs() {
        List<Program> programs = new ArrayList<>(coordinatorPrograms);
        programs.addAll(banks);
        return programs;
    }

    /** Whatever was done to it, everything runs and reaches everything again. */
    void repair() throws Exception {
        network.release();
        for (Program program : programs()) {
            if (program.runs()) {
                program.signal("CONT");
            } else {
                program.start();
            }
        }
        for (Program program : programs()) {
            program.awaitAlive();
        }
    }

    @Override
    public void close() {
        programs().forEach(BankSystem::killQuietly);
        network.close();
        server.server().close();
    }

    private static void killQuietly(Program program) {
        try {
            program.kill();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Database database(String name) {
        Database database = server.server().create(name);
        database.runScript(home.resolve("sql/" + server.scripts() + "/undo_log.sql"));
        database.run(
                "CREATE TABLE account (id INT PRIMARY KEY, balance BIGINT NOT NULL)",
                "CREATE TABLE entry (transfer VARCHAR(40) PRIMARY KEY, account INT NOT NULL, amount BIGINT NOT NULL)");
        for (int id = 1; id <= ACCOUNTS; id++) {
            database.run("INSERT INTO account VALUES (" + id + ", " + BALANCE + ")");
        }
        return database;
    }

    private void startCoordinators() throws Exception {
        Path jar = unpackedServer();
        List<String> peers = new ArrayList<>();
        List<Integer> logPorts = new ArrayList<>();
        for (int i = 0; i < coordinators; i++) {
            coordinatorPorts.add(StablePort.next());
            consolePorts.add(StablePort.next());
            logPorts.add(StablePort.next());
            peers.add(id(i) + "=" + Network.host(id(i)) + ":" + coordinatorPorts.get(i) + "/" + logPorts.get(i));
        }
        for (int i = 0; i < coordinators; i++) {
            for (int other = 0; other < coordinators; other++) {
                if (other != i) {
                    network.relayByName(id(i), id(other), logPorts.get(other));
                }
            }
            List<String> command = new ArrayList<>(java());
            command.addAll(List.of(
                    network.hostsOption(id(i)),
                    "-jar",
                    jar.toString(),
                    "--dtx.server.outcome-retention=" + OUTCOME_RETENTION,
                    "--dtx.server.port=" + coordinatorPorts.get(i),
                    "--server.port=" + consolePorts.get(i),
                    "--dtx.server.data-dir=" + data(i)));
            if (coordinators > 1) {
                command.add("--dtx.server.id=" + id(i));
                command.add("--dtx.server.peers=" + String.join(",", peers));
            }
            Program program = new Program(
                    id(i), command, directory, "http://127.0.0.1:" + consolePorts.get(i) + "/actuator/health");
            coordinatorPrograms.add(program);
            program.start();
        }
    }

    private static String id(int coordinator) {
        return "n" + (coordinator + 1);
    }

    private void bank(String name, int port, Database database, List<String> more) throws IOException {
        int databasePort = network.relay(name, "database", server.port());
        List<String> addresses = new ArrayList<>();
        for (int i = 0; i < coordinators; i++) {
            network.relayByName(name, id(i), coordinatorPorts.get(i));
            addresses.add(Network.host(id(i)) + ":" + coordinatorPorts.get(i));
        }
        List<String> command = new ArrayList<>(java());
        command.addAll(List.of(
                network.hostsOption(name),
                "-cp",
                classPath(),
                BankApplication.class.getName(),
                "--spring.application.name=" + name,
                "--server.address=127.0.0.1",
                "--server.port=" + port,
                "--server.tomcat.threads.max=32",
                "--spring.datasource.url=" + server.urlPrefix() + databasePort + "/" + database.name()
                        + server.urlSuffix(),
                "--spring.datasource.username=" + database.user(),
                "--spring.datasource.password=" + database.password(),
                "--spring.datasource.hikari.connection-timeout=3000",
                // The demo's registry is on this class path too.
                "--eureka.client.enabled=false",
                "--spring.cloud.discovery.enabled=false",
                "--dtx.transaction.timeout=" + TIMEOUT,
                "--dtx.coordinator.addresses=" + String.join(",", addresses)));
        command.addAll(more);
        Program bank = new Program(name, command, directory, "http://127.0.0.1:" + port + "/alive");
        banks.add(bank);
        bank.start();
    }

    private Path data(int coordinator) {
        return directory.resolve("data" + (coordinator + 1));
    }

    private static List<String> java() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC");
    }

    /** That of this test, fit for another working directory. */
    private static String classPath() {
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(System.getProperty("java.class.path"))
                .map(entry -> Path.of(entry).toAbsolutePath().normalize().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** The runnable jar with its libraries beside it instead of inside: it starts in half the time. */
    private Path unpackedServer() throws IOException, InterruptedException {
        Path jar = serverJar();
        Path target = directory.resolve("server");
        List<String> command = new ArrayList<>(java());
        command.addAll(
                List.of("-Djarmode=tools", "-jar", jar.toString(), "extract", "--destination", target.toString()));
        int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (exit != 0) {
            throw new IOException(command + " ended with " + exit);
        }
        return target.resolve(jar.getFileName());
    }

    private Path serverJar() throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("dtx-server/target"))) {
            return files.filter(file -> file.getFileName().toString().matches("dtx-server-.*-exec\\.jar"))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("build dtx-server first: mvn package"));
        }
    }
}
