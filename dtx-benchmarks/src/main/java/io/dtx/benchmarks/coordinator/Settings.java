package io.dtx.benchmarks.coordinator;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * What a run does: from system properties, each with a default.
 *
 * @param series see {@link Workload#of}
 * @param callers threads of all client processes together
 * @param jvm options of the coordinators' virtual machines, beyond those that all processes share
 */
record Settings(
        Path home,
        Path out,
        List<String> series,
        int callers,
        int rounds,
        int seconds,
        int warmUpSeconds,
        List<String> jvm) {

    static Settings fromSystemProperties() {
        Path home =
                Path.of(System.getProperty("bench.home", ".")).toAbsolutePath().normalize();
        return new Settings(
                home,
                Path.of(System.getProperty(
                        "bench.out",
                        home.resolve("dtx-benchmarks/target/results").toString())),
                Arrays.asList(System.getProperty("bench.series", "alone,locks,unfinished")
                        .split(",")),
                Integer.getInteger("bench.callers", 64),
                Integer.getInteger("bench.rounds", 5),
                Integer.getInteger("bench.seconds", 10),
                Integer.getInteger("bench.warm-up", 30),
                Arrays.asList(System.getProperty("bench.jvm", "-Xmx2g").split(" ")));
    }
}
