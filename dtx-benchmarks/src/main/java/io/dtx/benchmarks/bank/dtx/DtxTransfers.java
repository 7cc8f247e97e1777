package io.dtx.benchmarks.bank.dtx;

import io.dtx.GlobalTransactional;
import io.dtx.benchmarks.bank.Transfers;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.transaction.support.TransactionTemplate;

@Component
@ConditionalOnProperty(name = "bank.flavour", havingValue = "dtx")
class DtxTransfers implements Transfers {

    private final TransactionOperations local;

    DtxTransfers(TransactionTemplate local) {
        this.local = local;
    }

    @Override
    @GlobalTransactional(name = "transfer")
    public void transfer(Runnable work) {
        work.run();
    }

    @Override
    public void change(String accountNo, Runnable update) {
        local.executeWithoutResult(status -> update.run());
    }
}
