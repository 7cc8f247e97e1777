package io.dtx.samples.demo;

import java.math.BigDecimal;

/** What the two accounts hold. */
record Balances(BigDecimal bank1, BigDecimal bank2) {

    BigDecimal total() {
        return bank1.add(bank2);
    }

    Balances afterTransferOf(BigDecimal amount) {
        return new Balances(bank1.subtract(amount), bank2.add(amount));
    }

    @Override
    public String toString() {
        return bank1.toPlainString() + " and " + bank2.toPlainString();
    }
}
