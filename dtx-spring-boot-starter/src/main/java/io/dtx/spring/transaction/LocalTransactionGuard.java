package io.dtx.spring.transaction;

import io.dtx.error.UsageException;
import java.util.function.Consumer;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Refuses to begin a global transaction inside an open local one, whoever asks: an annotated method or a template. The local
 * one would end only after the global one is decided, so nothing of its work could be in it.
 */
public final class LocalTransactionGuard implements Consumer<String> {

    /** @param name of the global transaction that is about to begin */
    @Override
    public void accept(String name) {
        if (TransactionSynchronizationManager.isActualTransactionActive()) {
            String local = TransactionSynchronizationManager.getCurrentTransactionName();
            throw new UsageException(
                    null,
                    name + " would begin a global transaction inside an open local transaction"
                            + (local == null ? "" : " (" + local + ")")
                            + ", which would end only after the global one is decided. Put @GlobalTransactional on the"
                            + " method that opens the local transaction, or on a caller of it; in a test, take"
                            + " @Transactional off.");
        }
    }
}
