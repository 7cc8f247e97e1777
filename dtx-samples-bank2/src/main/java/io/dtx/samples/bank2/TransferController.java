package io.dtx.samples.bank2;

import java.math.BigDecimal;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

@RestController
class TransferController {

    private final TransferService transfers;
    private final AccountMapper accounts;

    TransferController(TransferService transfers, AccountMapper accounts) {
        this.transfers = transfers;
        this.accounts = accounts;
    }

    @PostMapping("/transfer")
    String transfer(@RequestParam BigDecimal amount) {
        if (amount.signum() <= 0) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "amount must be a positive number");
        }
        transfers.receive(amount);
        return "received " + amount.toPlainString();
    }

    @GetMapping("/balance")
    BigDecimal balance() {
        return accounts.balance(TransferService.ACCOUNT);
    }
}
