package io.dtx.samples.bank1;

import java.math.BigDecimal;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
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

    /** GET too, so that it can be tried from a browser. */
    @RequestMapping(
            path = "/transfer",
            method = {RequestMethod.GET, RequestMethod.POST})
    String transfer(@RequestParam BigDecimal amount, @RequestParam(defaultValue = "false") boolean swallow) {
        return transfers.transfer(checked(amount), swallow);
    }

    @GetMapping("/balance")
    BigDecimal balance() {
        return accounts.balance(TransferService.ACCOUNT);
    }

    /** As the column holds it: with a third decimal, each bank would round for itself, and money would come or go. */
    static BigDecimal checked(BigDecimal amount) {
        boolean fits = amount.signum() > 0
                && amount.precision() - (long) amount.scale() <= 16
                && amount.stripTrailingZeros().scale() <= 2;
        if (!fits) {
            throw new ResponseStatusException(
                    HttpStatus.BAD_REQUEST, "amount must be a positive number with at most 2 decimals");
        }
        return amount;
    }
}
