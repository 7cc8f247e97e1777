package io.dtx.benchmarks;

import io.dtx.benchmarks.coordinator.CoordinatorBenchmark;
import io.dtx.benchmarks.growth.GrowthBenchmark;
import io.dtx.benchmarks.micro.MicroBenchmarks;
import io.dtx.benchmarks.transfer.TransferBenchmark;

/** Runs the benchmark that the system property {@code bench.only} names. Main class. */
public final class Benchmarks {

    private Benchmarks() {}

    public static void main(String[] arguments) throws Exception {
        Runtime.getRuntime().addShutdownHook(new Thread(Benchmarks::endProcesses, "bench-end"));
        String only = System.getProperty("bench.only", "transfer");
        switch (only) {
            case "transfer" -> TransferBenchmark.main(arguments);
            case "micro" -> MicroBenchmarks.main(arguments);
            case "coordinator" -> CoordinatorBenchmark.main(arguments);
            case "growth" -> GrowthBenchmark.main(arguments);
            default ->
                throw new IllegalArgumentException(
                        "there is no benchmark -Dbench.only=" + only + ": use transfer, coordinator, micro or growth");
        }
    }

    /** Whoever breaks a run off, by Ctrl-C or otherwise, is not left with its banks, coordinators and databases. */
    private static void endProcesses() {
        ProcessHandle.current().children().forEach(ProcessHandle::destroyForcibly);
    }
}
