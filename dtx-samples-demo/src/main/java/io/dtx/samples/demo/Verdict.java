package io.dtx.samples.demo;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether what happened is what must happen.
 *
 * @param faults what is wrong, empty if nothing is
 */
record Verdict(List<String> faults) {

    /** What must become of the money. */
    enum Expectation {
        /** The caller is told of success, and the amount moved. */
        MOVED,
        /** The caller is told of a failure, and neither balance changed. */
        UNCHANGED,
        /** Either of the two, as the caller was told. */
        AS_ANSWERED
    }

    /**
     * @param reason what the answer must mention, so that the caller knows why it failed
     * @param others faults found otherwise, such as what is still left of the transaction
     */
    static Verdict of(
            Expectation expectation,
            BigDecimal amount,
            String reason,
            Answer answer,
            Balances before,
            Balances after,
            List<String> others) {
        List<String> faults = new ArrayList<>();
        boolean moved = expectation == Expectation.MOVED || (expectation == Expectation.AS_ANSWERED && answer.isOk());
        if (moved && !answer.isOk()) {
            faults.add("the caller should have been told of success");
        }
        if (!moved && answer.status() < 500) {
            faults.add("the caller should have been told of the failure");
        } else if (!answer.text().contains(reason)) {
            faults.add("the answer should say \"" + reason + "\"");
        }
        Balances right = moved ? before.afterTransferOf(amount) : before;
        if (!after.equals(right)) {
            faults.add("the balances should be " + right);
        }
        if (after.total().compareTo(before.total()) != 0) {
            BigDecimal difference = after.total().subtract(before.total());
            faults.add(
                    difference.abs().toPlainString() + (difference.signum() < 0 ? " are lost" : " came from nowhere"));
        }
        faults.addAll(others);
        return new Verdict(List.copyOf(faults));
    }

    boolean isRight() {
        return faults.isEmpty();
    }
}
