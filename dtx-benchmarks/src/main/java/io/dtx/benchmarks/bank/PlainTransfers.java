package io.dtx.benchmarks.bank;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.transaction.support.TransactionTemplate;

/** No coordination: two local transactions and a call between them. */
@Component
@ConditionalOnProperty(name = "bank.flavour", havingValue = "plain")
final class PlainTransfers implements Transfers {

    private final TransactionOperations local;

    PlainTransfers(TransactionTemplate local) {
        this.local = local;
    }

    @Override
    public void transfer(Runnable work) {
        work.run();
    }

    @Override
    public void change(String accountNo, Runnable update) {
        local.executeWithoutResult(status -> update.run());
    }
}
