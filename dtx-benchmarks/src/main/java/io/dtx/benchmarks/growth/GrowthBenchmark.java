package io.dtx.benchmarks.growth;

/** Measures what grows. Main class. */
public final class GrowthBenchmark {

    private GrowthBenchmark() {}

    public static void main(String[] arguments) {
        throw new UnsupportedOperationException("not there yet");
    }
}
