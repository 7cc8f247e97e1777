package io.dtx.spring.transaction;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.support.AbstractTransactionStatus;

/**
 * Vetoes where a local transaction inside a global one rolls back because it was marked with {@code setRollbackOnly()}, by the
 * application, or by Spring for a returned {@code Try} or future that has failed: the method then returns as if all were well,
 * so nobody learns of it, and what other local transactions and other services did would be committed without it.
 *
 * <p>Not of a savepoint, which is asked for in order to be undone alone. Nor of a method that takes part in an outer local
 * transaction: the outer one's commit then raises an exception.
 *
 * <p>It also vetoes where an exception left the marked local transaction, since that can not be seen from here.
 */
public final class RollbackOnlyVeto extends EveryTransactionManagersListener {

    /** Raises nothing: the rollback would be left out. */
    @Override
    public void beforeRollback(TransactionExecution transaction) {
        Participation participation = CurrentTransaction.get();
        // Local: of this very transaction, by setRollbackOnly alone. An exception that rolls back does not set it.
        if (participation != null
                && transaction.isNewTransaction()
                && transaction instanceof AbstractTransactionStatus status
                && status.isLocalRollbackOnly()) {
            String name = transaction.getTransactionName();
            participation.veto("a local transaction" + (name.isEmpty() ? "" : " (" + name + ")")
                    + " was marked rollback-only, which undoes it alone and tells nobody: to undo all, throw an exception"
                    + " instead; to undo it alone, throw one and handle it inside");
        }
    }
}
