package io.dtx.benchmarks.micro;

import io.dtx.sql.Dialect;
import io.dtx.sql.SessionRules;
import io.dtx.sql.SqlAnalyzer;
import io.dtx.sql.SqlStatement;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;

/** What it costs to know what a statement does: for a text seen before, and for a new one. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AnalysisBenchmark {

    private static final String UPDATE = "UPDATE account SET balance = balance - ? WHERE id = ? AND balance >= ?";

    private static final SessionRules RULES = SessionRules.standard(Dialect.MYSQL);

    private final SqlAnalyzer analyser = new SqlAnalyzer();
    private int next;

    @Benchmark
    public SqlStatement cached() {
        return analyser.analyze(UPDATE, RULES);
    }

    /** Several threads on one cache. */
    @Benchmark
    @Threads(4)
    public SqlStatement cachedByFourThreads() {
        return analyser.analyze(UPDATE, RULES);
    }

    @Benchmark
    public SqlStatement newText() {
        return analyser.analyze(UPDATE + " AND owner <> " + next++, RULES);
    }
}
