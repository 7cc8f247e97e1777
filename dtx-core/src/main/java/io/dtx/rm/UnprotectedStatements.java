package io.dtx.rm;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.dtx.sql.SqlStatement.Unprotected;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the statements that run in global transactions unprotected, at the application's own word, and tells the log of each
 * text once. Thread-safe.
 */
final class UnprotectedStatements {

    private static final Logger log = LoggerFactory.getLogger(UnprotectedStatements.class);
    private static final int MOST_TEXTS = 1_000;

    private final ResourceListener listener;
    private final Cache<Unprotected, Boolean> told =
            Caffeine.newBuilder().maximumSize(MOST_TEXTS).build();

    UnprotectedStatements(ResourceListener listener) {
        this.listener = listener;
    }

    void runs(Unprotected statement) {
        try {
            listener.unprotected();
        } catch (RuntimeException e) {
            log.warn("A resource listener failed", e);
        }
        if (told.asMap().putIfAbsent(statement, true) == null) {
            log.warn(
                    "a statement runs unprotected in global transactions: it waits for no global lock, takes none, and stays"
                            + " when they roll back. Its reason: {}. The statement: {}",
                    statement.reason(),
                    statement.shown());
        }
    }
}
