package io.dtx.benchmarks.bank;

import java.math.BigDecimal;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
final class BankController {

    private final Transfers transfers;
    private final AccountMapper accounts;
    private final Bank2Client bank2;

    BankController(Transfers transfers, AccountMapper accounts, Bank2Client bank2) {
        this.transfers = transfers;
        this.accounts = accounts;
        this.bank2 = bank2;
    }

    /** bank1: debits here, credits there; fails after both where asked to. */
    @PostMapping("/transfer")
    String transfer(
            @RequestParam String from,
            @RequestParam String to,
            @RequestParam BigDecimal amount,
            @RequestParam(defaultValue = "false") boolean fail) {
        transfers.transfer(() -> {
            transfers.change(from, () -> exactlyOne(accounts.debit(from, amount)));
            bank2.credit(to, amount);
            if (fail) {
                throw new OnPurpose();
            }
        });
        return "done";
    }

    /** bank2. */
    @PostMapping("/credit")
    String credit(@RequestParam String to, @RequestParam BigDecimal amount) {
        transfers.change(to, () -> exactlyOne(accounts.credit(to, amount)));
        return "done";
    }

    private static void exactlyOne(int rows) {
        if (rows != 1) {
            throw new IllegalStateException(rows + " rows changed");
        }
    }

    @ExceptionHandler
    ResponseEntity<String> onPurpose(OnPurpose failure) {
        return ResponseEntity.status(HttpStatus.CONFLICT).body("failed as asked");
    }

    /** Costs no stack trace in any flavour. */
    static final class OnPurpose extends RuntimeException {

        private static final long serialVersionUID = 1;

        OnPurpose() {
            super("failed as asked", null, false, false);
        }
    }
}
