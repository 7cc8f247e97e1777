package io.dtx.benchmarks.coordinator;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Measures coordinators alone. Those of one series run at once and take turns under load, so that a change in the machine's
 * mood meets all of them. Main class; see {@link Settings}.
 */
public final class CoordinatorBenchmark {

    private final Settings settings;
    private final List<Measurement> measurements = new ArrayList<>();

    private CoordinatorBenchmark(Settings settings) {
        this.settings = settings;
    }

    public static void main(String[] arguments) throws Exception {
        Settings settings = Settings.fromSystemProperties();
        Files.createDirectories(settings.out());
        CoordinatorBenchmark benchmark = new CoordinatorBenchmark(settings);
        for (String series : settings.series()) {
            benchmark.measure(Workload.of(series));
        }
        new Report(benchmark.measurements).write();
    }

    private void measure(List<Workload> workloads) throws IOException, InterruptedException {
        List<CoordinatorSystem> systems = new ArrayList<>();
        try {
            for (Workload workload : workloads) {
                systems.add(new CoordinatorSystem(workload, settings));
            }
            for (CoordinatorSystem system : systems) {
                say("warm-up of", system.run(0, settings.callers(), settings.warmUpSeconds()));
            }
            for (int round = 1; round <= settings.rounds(); round++) {
                for (CoordinatorSystem system : systems) {
                    Measurement measured = system.run(round, settings.callers(), settings.seconds());
                    measurements.add(measured);
                    say("round " + round + " of", measured);
                }
            }
        } finally {
            systems.forEach(CoordinatorSystem::close);
        }
    }

    private static void say(String what, Measurement measured) {
        System.out.println(String.format(
                Locale.ROOT,
                "%s %s %s: %.0f/s, p50 %.0f us, p99 %.0f us, cpu %.3f ms coordinator %.3f ms clients, %d MiB%s%s",
                what,
                measured.series(),
                measured.title(),
                measured.perSecond(),
                measured.p50(),
                measured.p99(),
                measured.cpuMillis().getOrDefault("coordinator", 0.0),
                measured.cpuMillis().getOrDefault("clients", 0.0),
                measured.memoryMiB().getOrDefault("coordinator", 0L),
                measured.failed() == 0 ? "" : ", " + measured.failed() + " failed, such as " + measured.example(),
                measured.settled() ? "" : ", NOT ALL RELEASED"));
    }
}
