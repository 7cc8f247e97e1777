package io.dtx.client;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.dtx.model.BranchId;
import io.dtx.model.Xid;
import io.dtx.protocol.Request;
import io.dtx.protocol.Request.Begin;
import io.dtx.protocol.Request.BranchCommitted;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * The one-way messages of transactions that are not known to be decided: told again on every new stream, since nobody can
 * know whether they arrived on the one before. Thread-safe.
 *
 * <p>What is forgotten too early costs a rollback at worst: a commit that misses a report becomes one (I11).
 */
final class Remembered {

    private static final Duration EXPIRY = Duration.ofMinutes(15);
    private static final int MOST = 100_000;

    private final Cache<Xid, Begin> begins = cache();
    private final Cache<BranchId, BranchCommitted> reports = cache();

    void add(Begin begin) {
        begins.put(begin.xid(), begin);
    }

    void add(BranchCommitted report) {
        reports.put(report.branch(), report);
    }

    /** Its decision was asked for, and answered or given up. */
    void decided(Xid xid) {
        begins.invalidate(xid);
    }

    /** The coordinator's order for the branch shows that the transaction is decided. */
    void settled(BranchId branch) {
        reports.invalidate(branch);
    }

    /** What a new stream to this cluster is told, begins first. */
    List<Request> of(String cluster) {
        return Stream.<Request>concat(
                        begins.asMap().values().stream()
                                .filter(begin -> begin.xid().cluster().equals(cluster)),
                        reports.asMap().values().stream()
                                .filter(report ->
                                        report.branch().xid().cluster().equals(cluster)))
                .toList();
    }

    private static <K, V> Cache<K, V> cache() {
        return Caffeine.newBuilder()
                .expireAfterWrite(EXPIRY)
                .maximumSize(MOST)
                .executor(Runnable::run)
                .build();
    }
}
