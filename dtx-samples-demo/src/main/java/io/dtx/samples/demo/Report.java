package io.dtx.samples.demo;

import java.util.ArrayList;
import java.util.List;

/** What the demo found, for someone who has never seen it. */
final class Report {

    private final Table table = new Table(
            List.of("scenario", "what was done", "answer to the caller", "before", "after", "verdict"),
            15,
            26,
            28,
            14,
            14,
            7);
    private final List<String> faults = new ArrayList<>();
    private int right;
    private int all;

    void add(Scenario scenario, Answer answer, Balances before, Balances after, Verdict verdict) {
        all++;
        if (verdict.isRight()) {
            right++;
        }
        for (String fault : verdict.faults()) {
            faults.add(scenario.number() + ". " + scenario.title() + ": " + fault);
        }
        table.row(
                scenario.number() + ". " + scenario.title(),
                scenario.done(),
                answer.brief(),
                lines(before),
                lines(after),
                word(verdict));
    }

    boolean isRight() {
        return right == all;
    }

    static String word(Verdict verdict) {
        return verdict.isRight() ? "right" : "WRONG";
    }

    private static String lines(Balances balances) {
        return "bank1 %8s\nbank2 %8s"
                .formatted(balances.bank1().toPlainString(), balances.bank2().toPlainString());
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(table.toString());
        text.append(
                        "A verdict is right if the caller was told what happened, either both balances changed or neither did,\n")
                .append("and nothing of the transaction is left in the databases or at the coordinator.\n");
        text.append(right).append(" of ").append(all).append(" right.\n");
        for (String fault : faults) {
            text.append("  WRONG ").append(fault).append('\n');
        }
        return text.toString();
    }
}
