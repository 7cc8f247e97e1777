package io.dtx.samples.bank2;

import io.dtx.GlobalTransactionContext;
import java.math.BigDecimal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

@Service
class TransferService {

    static final String ACCOUNT = "2";

    private static final Logger LOG = LoggerFactory.getLogger(TransferService.class);

    private final AccountMapper accounts;

    TransferService(AccountMapper accounts) {
        this.accounts = accounts;
    }

    /** Adds the amount to account 2. An amount of 2 fails after the update. */
    @Transactional
    void receive(BigDecimal amount) {
        LOG.info("bank2 credits {}, XID {}", amount, GlobalTransactionContext.currentXid());
        if (accounts.credit(ACCOUNT, amount) != 1) {
            throw new IllegalStateException("there is no account " + ACCOUNT);
        }
        if (amount.compareTo(new BigDecimal(2)) == 0) {
            throw new IllegalStateException("bank2 fails after its update, as an amount of 2 asks for");
        }
    }
}
