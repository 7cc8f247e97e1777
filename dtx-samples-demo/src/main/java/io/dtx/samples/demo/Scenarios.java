package io.dtx.samples.demo;

import io.dtx.samples.demo.Verdict.Expectation;
import java.math.BigDecimal;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The seven transfers of the demo. */
final class Scenarios {

    private static final List<Scenario> ALL = List.of(
            new Scenario(
                    1,
                    "All goes well",
                    "POST bank1/transfer?amount=100",
                    new BigDecimal(100),
                    Expectation.MOVED,
                    "transferred",
                    stage -> stage.transfer("amount=100")),
            new Scenario(
                    2,
                    "bank2 fails",
                    "amount=2: bank2 throws after its update; bank1's fallback answers, bank1 throws",
                    new BigDecimal(2),
                    Expectation.UNCHANGED,
                    "",
                    stage -> stage.transfer("amount=2")),
            new Scenario(
                    3,
                    "bank1 fails late",
                    "amount=3: bank2 has credited, committed and answered; then bank1 throws",
                    new BigDecimal(3),
                    Expectation.UNCHANGED,
                    "",
                    stage -> stage.transfer("amount=3")),
            new Scenario(
                    4,
                    "Too slow",
                    "amount=40 with 3 s for all; bank2 goes on after that time; bank1 swallows its failure",
                    new BigDecimal(40),
                    Expectation.UNCHANGED,
                    "not decided within 3000 ms",
                    Scenarios::tooSlow),
            new Scenario(
                    5,
                    "A swallowed failure",
                    "amount=2, and bank1 takes the fallback for success and returns as usual",
                    new BigDecimal(2),
                    Expectation.UNCHANGED,
                    "bank2",
                    stage -> stage.transfer("amount=2&swallow=true")),
            new Scenario(
                    6,
                    "bank2 is killed",
                    "amount=60; SIGKILL to bank2 right before its database commits; bank1 swallows that too",
                    new BigDecimal(60),
                    Expectation.UNCHANGED,
                    "",
                    Scenarios::bank2Killed),
            new Scenario(
                    7,
                    "The coordinator is killed",
                    "amount=70; SIGKILL to the coordinator between debit and decision; it is started again",
                    new BigDecimal(70),
                    Expectation.AS_ANSWERED,
                    "",
                    Scenarios::coordinatorKilled));

    private Scenarios() {}

    static List<Scenario> all() {
        return ALL;
    }

    private static Answer tooSlow(Stage stage) {
        BigDecimal before = stage.ledger().balances().bank1();
        stage.holdNextCredit(Stage.HoldPoint.BEFORE_UPDATE);
        CompletableFuture<Answer> answer = Http.postLater(stage.bank1("/demo/hasty-transfer?amount=40"));
        stage.awaitHeld();
        // The time is over when the coordinator has had bank1's debit undone. Without dtx that never comes.
        Waiting.upTo(10, () -> stage.ledger().balances().bank1().compareTo(before) == 0);
        stage.releaseCredit();
        return answer.join();
    }

    private static Answer bank2Killed(Stage stage) {
        stage.holdNextCredit(Stage.HoldPoint.BEFORE_COMMIT);
        CompletableFuture<Answer> answer = Http.postLater(stage.bank1("/transfer?amount=60&swallow=true"));
        stage.awaitHeld();
        stage.requireBothBranches();
        stage.killBank2();
        Answer given = answer.join();
        stage.startBank2();
        return given;
    }

    private static Answer coordinatorKilled(Stage stage) {
        stage.holdNextCredit(Stage.HoldPoint.BEFORE_UPDATE);
        CompletableFuture<Answer> answer = Http.postLater(stage.bank1("/transfer?amount=70"));
        stage.awaitHeld();
        stage.killCoordinator();
        stage.startCoordinator();
        stage.releaseCredit();
        return answer.join();
    }
}
