package io.dtx.samples.demo;

import io.dtx.test.Database;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** How the demo's Java programs are started: their jars, arguments and ports. */
record Services(DemoOptions options, Ports ports) {

    ServiceProcess coordinator() {
        List<String> arguments = List.of(
                "--dtx.server.port=" + ports.of(Service.COORDINATOR),
                "--server.port=" + ports.of(Service.CONSOLE),
                "--dtx.server.data-dir=" + options.dataDirectory());
        return process("coordinator", "dtx-server", arguments, Map.of(), Service.CONSOLE);
    }

    ServiceProcess bank1(Database database) {
        boolean byName = options.has(Service.REGISTRY);
        return bank(Service.BANK1, database, byName ? List.of() : List.of("--bank2.url=" + ports.url(Service.BANK2)));
    }

    ServiceProcess bank2(Database database) {
        return bank(Service.BANK2, database, List.of());
    }

    private ServiceProcess bank(Service which, Database database, List<String> more) {
        URI url = URI.create(database.url().substring("jdbc:".length()));
        List<String> arguments = new ArrayList<>(List.of(
                "--spring.profiles.active=demo," + url.getScheme() + (options.has(Service.REGISTRY) ? ",eureka" : ""),
                "--server.port=" + ports.of(which),
                "--database=" + url.getAuthority(),
                "--spring.datasource.username=" + database.user(),
                "--dtx.coordinator.addresses=localhost:" + ports.of(Service.COORDINATOR)));
        if (options.has(Service.REGISTRY)) {
            arguments.add("--eureka.client.service-url.defaultZone=" + ports.url(Service.REGISTRY) + "/eureka");
        }
        if (!options.dtx()) {
            arguments.addAll(List.of("--dtx.enabled=false", "--dtx.disabled-behaviour=ignore"));
        }
        arguments.addAll(more);
        // In the environment, since a command line can be read by every user of the machine.
        Map<String, String> secrets = Map.of("SPRING_DATASOURCE_PASSWORD", database.password());
        return process(which.label(), "dtx-samples-" + which.label(), arguments, secrets, which);
    }

    private ServiceProcess process(
            String name, String module, List<String> arguments, Map<String, String> secrets, Service health) {
        return new ServiceProcess(
                name, jar(module), arguments, secrets, options.logs(), ports.url(health) + "/actuator/health");
    }

    private Path jar(String module) {
        Path target = options.home().resolve(module).resolve("target");
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(file ->
                            file.getFileName().toString().matches(module + "-\\d[^/]*(?<!sources|javadoc)\\.jar"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no jar in it"));
        } catch (IOException e) {
            throw new DemoFailure("There is no " + module + " in " + target + ": build it with `mvn package`.", e);
        }
    }
}
