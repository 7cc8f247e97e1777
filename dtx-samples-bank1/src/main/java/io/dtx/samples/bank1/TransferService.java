package io.dtx.samples.bank1;

import io.dtx.GlobalTransactionContext;
import io.dtx.GlobalTransactional;
import java.math.BigDecimal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

@Service
class TransferService {

    static final String ACCOUNT = "1";

    private static final Logger LOG = LoggerFactory.getLogger(TransferService.class);

    private final AccountMapper accounts;
    private final Bank2Client bank2;

    TransferService(AccountMapper accounts, Bank2Client bank2) {
        this.accounts = accounts;
        this.bank2 = bank2;
    }

    /**
     * Takes the amount from account 1 here and adds it to account 2 at bank2.
     *
     * @param swallow whether to go on as if nothing had happened when bank2's part failed and Feign's fallback answered in
     *     its place: the mistake that dtx guards against
     */
    @GlobalTransactional(name = "transfer")
    String transfer(BigDecimal amount, boolean swallow) {
        LOG.info("bank1 debits {}, XID {}", amount, GlobalTransactionContext.currentXid());
        if (accounts.debit(ACCOUNT, amount) != 1) {
            throw new InsufficientFundsException(ACCOUNT);
        }
        String answer = bank2.transfer(amount);
        if (answer.equals(Bank2Client.FALLBACK) && !swallow) {
            throw new TransferFailedException("bank2 did not take the money");
        }
        if (amount.compareTo(new BigDecimal(3)) == 0) {
            throw new TransferFailedException("bank1 fails after bank2 has answered, as an amount of 3 asks for");
        }
        return "transferred " + amount.toPlainString();
    }
}
