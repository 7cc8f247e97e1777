package io.dtx.spring.autoconfigure;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.io.support.SpringFactoriesLoader;

/** What Spring Boot would print of a failure to start. */
public final class StartFailure {

    private StartFailure() {}

    /** Asks the registered analyzers, as Boot does: so it also shows that ours is registered. */
    public static FailureAnalysis of(@Nullable Throwable failure) {
        Objects.requireNonNull(failure);
        return SpringFactoriesLoader.forDefaultResourceLocation()
                .load(FailureAnalyzer.class, (type, name, error) -> {})
                .stream()
                .filter(analyzer -> analyzer.getClass().getName().startsWith("io.dtx."))
                .map(analyzer -> analyzer.analyze(failure))
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow(() -> new AssertionError("not analysed", failure));
    }
}
