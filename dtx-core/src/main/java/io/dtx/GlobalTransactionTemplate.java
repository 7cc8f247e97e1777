package io.dtx;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.error.UsageException;
import io.dtx.model.Bounds;
import io.dtx.model.Outcome;
import io.dtx.model.Xid;
import io.dtx.tm.GlobalTransactions;
import io.dtx.tm.Work;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Runs code in a global transaction without an annotation, and without Spring:
 *
 * <pre>{@code
 * template.withName("transfer").withTimeout(Duration.ofSeconds(30)).execute(() -> {
 *     debit(amount);
 *     return otherBank.credit(amount);
 * });
 * }</pre>
 *
 * Commits when the callback returns, rolls back when it throws (see {@link #withRollbackFor}). Immutable and thread-safe:
 * each {@code with} method gives a changed copy.
 */
public final class GlobalTransactionTemplate {

    /** Null while dtx is switched off. */
    private final @Nullable GlobalTransactions transactions;

    private final @Nullable String refusal;
    private final String name;
    private final Duration timeout;
    private final Propagation propagation;
    private final RollbackRules rules;

    /** With propagation REQUIRED, a timeout of 60 s, and no rules for exceptions but the usual ones. */
    public GlobalTransactionTemplate(GlobalTransactions transactions) {
        this(transactions, null, "unnamed", Bounds.STANDARD_TIMEOUT, Propagation.REQUIRED, RollbackRules.UNCHECKED);
    }

    /**
     * One that begins nothing, for an application in which dtx is switched off.
     *
     * @param refusal why work is refused; null to run it without a global transaction
     */
    public static GlobalTransactionTemplate switchedOff(@Nullable String refusal) {
        return new GlobalTransactionTemplate(
                null, refusal, "unnamed", Bounds.STANDARD_TIMEOUT, Propagation.REQUIRED, RollbackRules.UNCHECKED);
    }

    private GlobalTransactionTemplate(
            @Nullable GlobalTransactions transactions,
            @Nullable String refusal,
            String name,
            Duration timeout,
            Propagation propagation,
            RollbackRules rules) {
        this.transactions = transactions;
        this.refusal = refusal;
        this.name = name;
        this.timeout = timeout;
        this.propagation = propagation;
        this.rules = rules;
    }

    /** @param name for people: shown in logs and on the coordinator's operator pages */
    public GlobalTransactionTemplate withName(String name) {
        return new GlobalTransactionTemplate(transactions, refusal, name, timeout, propagation, rules);
    }

    /**
     * @param timeout how long a transaction that is begun here may stay undecided before the coordinator rolls it back: from
     *     one millisecond to one day
     */
    public GlobalTransactionTemplate withTimeout(Duration timeout) {
        return new GlobalTransactionTemplate(transactions, refusal, name, timeout, propagation, rules);
    }

    public GlobalTransactionTemplate withPropagation(Propagation propagation) {
        return new GlobalTransactionTemplate(transactions, refusal, name, timeout, propagation, rules);
    }

    /**
     * Exceptions, with their subclasses, that roll back besides the usual ones; see {@link GlobalTransactional#rollbackFor()}.
     * Replaces what was set before.
     */
    @SafeVarargs
    @SuppressWarnings("varargs")
    public final GlobalTransactionTemplate withRollbackFor(Class<? extends Throwable>... types) {
        return withRules(rules.withRollbackFor(List.of(types)));
    }

    /** Exceptions that do not roll back; the rule nearest to the exception's class wins. Replaces what was set before. */
    @SafeVarargs
    @SuppressWarnings("varargs")
    public final GlobalTransactionTemplate withNoRollbackFor(Class<? extends Throwable>... types) {
        return withRules(rules.withNoRollbackFor(List.of(types)));
    }

    /**
     * Lets checked exceptions that no rule names roll back as unchecked ones do. For an application whose local transactions
     * roll back so, by {@code @EnableTransactionManagement(rollbackOn = ALL_EXCEPTIONS)} of Spring's; what the starter makes
     * has it there.
     */
    public GlobalTransactionTemplate withRollbackForCheckedToo() {
        return withRules(rules.withCheckedToo());
    }

    private GlobalTransactionTemplate withRules(RollbackRules changed) {
        return new GlobalTransactionTemplate(transactions, refusal, name, timeout, propagation, changed);
    }

    /**
     * Runs the work as the propagation says.
     *
     * @return what the work returned
     * @throws E what the work threw
     * @throws io.dtx.error.RolledBackException if the transaction was rolled back although the work ended well, or with what
     *     does not roll back; says who asked for it and why
     * @throws io.dtx.error.InDoubtException if the coordinator's decision could not be learned: it may have committed
     * @throws io.dtx.error.CoordinatorUnavailableException if a transaction would have to begin and no coordinator is
     *     connected; the work has not run
     * @throws UsageException if the propagation forbids the call, or the timeout is out of range; the work has not run
     */
    public <T extends @Nullable Object, E extends Throwable> T execute(Work<T, E> work) throws E {
        GlobalTransactions manager = transactions;
        if (manager == null) {
            if (refusal != null) {
                throw new UsageException(null, name + " needs a global transaction, but " + refusal);
            }
            return work.run();
        }
        Participation current = CurrentTransaction.get();
        return switch (propagation) {
            case REQUIRED -> current == null ? begin(manager, work) : join(manager, current, work);
            case REQUIRES_NEW -> begin(manager, work);
            case SUPPORTS -> current == null ? work.run() : join(manager, current, work);
            case NOT_SUPPORTED -> manager.without(work);
            case MANDATORY -> {
                if (current == null) {
                    throw new UsageException(
                            null,
                            name
                                    + " has propagation MANDATORY, but its caller is in no global transaction: call it from"
                                    + " a @GlobalTransactional method, or use REQUIRED");
                }
                yield join(manager, current, work);
            }
            case NEVER -> {
                if (current != null) {
                    throw new UsageException(
                            current.xid(),
                            name + " has propagation NEVER, but its caller is in global transaction " + current.xid()
                                    + ": call it from outside, or use NOT_SUPPORTED");
                }
                yield work.run();
            }
        };
    }

    /** As {@link #execute}, for work that returns nothing. */
    public <E extends Throwable> void executeWithoutResult(Action<E> action) throws E {
        this.<Boolean, E>execute(() -> {
            action.run();
            return true;
        });
    }

    /**
     * What became of a global transaction, whoever began it: to be asked after an {@link io.dtx.error.InDoubtException}.
     *
     * @return empty if the coordinator does not know it (any more), which proves nothing about its outcome
     * @throws io.dtx.error.DtxException if the coordinator did not answer
     */
    public Optional<Outcome> outcome(Xid xid) {
        if (transactions == null) {
            throw new UsageException(xid, "dtx is switched off here, so no coordinator can be asked");
        }
        return transactions.outcome(xid);
    }

    private <T extends @Nullable Object, E extends Throwable> T begin(GlobalTransactions manager, Work<T, E> work)
            throws E {
        return manager.inNew(name, timeout, rules, work);
    }

    private <T extends @Nullable Object, E extends Throwable> T join(
            GlobalTransactions manager, Participation current, Work<T, E> work) throws E {
        return manager.joined(current, rules, work);
    }

    /** Work that returns nothing. */
    @FunctionalInterface
    public interface Action<E extends Throwable> {
        void run() throws E;
    }
}
