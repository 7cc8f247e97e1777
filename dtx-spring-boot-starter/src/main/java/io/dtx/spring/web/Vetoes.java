package io.dtx.spring.web;

import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the coordinator that this service must not see a global transaction committed, and waits for its word. */
public final class Vetoes {

    private static final Logger LOG = LoggerFactory.getLogger(Vetoes.class);

    private final BiFunction<Xid, Rollback, CompletableFuture<Outcome>> rollBack;
    private final String application;
    private final Duration longestWait;

    /**
     * @param rollBack asks the coordinator to roll back
     * @param application this application's name, for people
     * @param longestWait for the coordinator's word
     */
    public Vetoes(
            BiFunction<Xid, Rollback, CompletableFuture<Outcome>> rollBack, String application, Duration longestWait) {
        this.rollBack = rollBack;
        this.application = application;
        this.longestWait = longestWait;
    }

    /** Whether the coordinator has confirmed that the transaction rolls back. */
    boolean acknowledged(Xid xid, String reason) {
        LOG.warn("Vetoed global transaction {}: {}", xid, reason);
        CompletableFuture<Outcome> answer = rollBack.apply(xid, new Rollback(RollbackReason.VETO, application, reason));
        try {
            Outcome outcome = answer.get(longestWait.toMillis(), TimeUnit.MILLISECONDS);
            if (outcome.status() == TransactionStatus.COMMITTED) {
                LOG.error("The veto came too late: global transaction {} is committed. It was: {}", xid, reason);
                return false;
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("The veto of {} is not acknowledged by the coordinator; it goes with the answer instead", xid, e);
            return false;
        }
    }
}
