package io.dtx.samples.demo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs the demo. Ends with 0 if every verdict is right, 1 if one is wrong, 2 if the demo could not be run.
 *
 * <p>Ctrl-C ends it, and all that it started, at any time.
 */
final class Demo {

    private final DemoOptions options;
    private final PrintStream out;
    private final Progress progress;

    private Demo(DemoOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
        this.progress = new Progress(out);
    }

    public static void main(String[] arguments) {
        int status;
        try {
            Map<String, String> properties = new HashMap<>();
            for (String name : System.getProperties().stringPropertyNames()) {
                properties.put(name, System.getProperty(name));
            }
            status = new Demo(DemoOptions.from(properties), System.out).run() ? 0 : 1;
        } catch (RuntimeException e) {
            if (isEnding()) {
                // Ctrl-C: what fails now, fails because everything is being stopped.
                return;
            }
            if (!(e instanceof DemoFailure)) {
                throw e;
            }
            System.out.println("The demo could not be run. " + e.getMessage());
            status = 2;
        }
        System.out.flush();
        System.exit(status);
    }

    /** Whether this JVM is on its way out: hooks can no longer be added then. */
    private static boolean isEnding() {
        Thread probe = new Thread(() -> {}, "probe");
        try {
            Runtime.getRuntime().addShutdownHook(probe);
            Runtime.getRuntime().removeShutdownHook(probe);
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }

    private boolean run() {
        try (Stage stage = Stage.set(options, progress)) {
            out.println("""

                    Account 1 is at bank1 and account 2 at bank2: two services, each with a database of its own.
                    POST bank1/transfer takes the amount from account 1 and has bank2 add it to account 2, over HTTP.
                    """);
            Report report = new Report();
            for (Scenario scenario : Scenarios.all()) {
                play(scenario, stage, report);
            }
            out.println();
            out.print(report);
            out.println("Logs: " + options.logs());
            if (options.keep()) {
                keep(stage);
            }
            return report.isRight();
        }
    }

    private void play(Scenario scenario, Stage stage, Report report) {
        progress.say(scenario.number() + ". " + scenario.title() + ": " + scenario.done());
        Balances before = stage.ledger().balances();
        List<String> faults = new ArrayList<>();
        Answer answer = answerTo(scenario, stage, faults);
        faults.addAll(stage.awaitNothingLeft());
        Balances after = stage.ledger().balances();
        Verdict verdict =
                Verdict.of(scenario.expectation(), scenario.amount(), scenario.reason(), answer, before, after, faults);
        report.add(scenario, answer, before, after, verdict);
        progress.say("    " + answer);
        progress.say("    " + Report.word(verdict));
    }

    /** What keeps one scenario from being played is its fault; the others are played all the same. */
    private static Answer answerTo(Scenario scenario, Stage stage, List<String> faults) {
        try {
            return scenario.play().apply(stage);
        } catch (DemoFailure e) {
            faults.add(String.valueOf(e.getMessage()));
            return new Answer(0, "not played to its end");
        }
    }

    private void keep(Stage stage) {
        String bank1 = stage.ports().url(Service.BANK1);
        String bank2 = stage.ports().url(Service.BANK2);
        out.println("""

                Everything goes on running; Ctrl-C ends it. To try:
                  curl -X POST '%1$s/transfer?amount=100'
                  curl -X POST '%1$s/transfer?amount=2'                    bank2 fails
                  curl -X POST '%1$s/transfer?amount=3'                    bank1 fails after bank2 has answered
                  curl -X POST '%1$s/transfer?amount=2&swallow=true'       bank1 swallows bank2's failure
                  curl %1$s/balance
                  curl %2$s/balance
                """.formatted(bank1, bank2));
        out.flush();
        try {
            Thread.currentThread().join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
