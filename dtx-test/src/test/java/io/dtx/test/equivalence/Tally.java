package io.dtx.test.equivalence;

import io.dtx.test.equivalence.Step.Execute;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** Counts what became of the statements, by shape: so that nobody takes "all refused" for "all right". */
final class Tally {

    /** Of one shape. */
    private static final class Count {
        private long executed;
        private long changing;
        private long failed;
        private long refused;
        private long givenUp;
        private long collided;
        private final Map<String, Integer> reasons = new TreeMap<>();

        long all() {
            return executed + failed + refused + givenUp + collided;
        }
    }

    private static final int REASONS_KEPT = 200;

    private final Map<Shape, Count> shapes = new EnumMap<>(Shape.class);

    private Count of(Execute step) {
        return shapes.computeIfAbsent(step.shape(), unknown -> new Count());
    }

    /** It ran, or failed, on both sides alike. */
    void executed(Execute step, Observed observed) {
        Count count = of(step);
        if (observed.failed()) {
            count.failed++;
        } else {
            count.executed++;
            count.changing += observed.changedNothing() ? 0 : 1;
        }
    }

    void refused(Execute step, String reason) {
        Count count = of(step);
        count.refused++;
        note(count, reason);
    }

    /** It ran, and dtx let the local transaction only be rolled back. */
    void givenUp(Execute step, String reason) {
        Count count = of(step);
        count.givenUp++;
        note(count, "ROLLBACK ONLY: " + reason);
    }

    void collided(Execute step) {
        of(step).collided++;
    }

    private static void note(Count count, String reason) {
        String general = reason.replaceAll("(?s)\\. Remedy: .*", "").replaceAll("[0-9a-f]{6,}|[0-9]+", "#");
        if (count.reasons.size() < REASONS_KEPT || count.reasons.containsKey(general)) {
            count.reasons.merge(general, 1, Integer::sum);
        }
    }

    /** Of the statements of a shape that the database itself took, the share that dtx took too; 1 if there were none. */
    double takenShare(Shape shape) {
        Count count = shapes.getOrDefault(shape, new Count());
        long all = count.all();
        return all == 0 ? 1 : (double) (count.executed + count.failed) / all;
    }

    long executed(Shape shape) {
        return shapes.getOrDefault(shape, new Count()).executed;
    }

    long givenUp() {
        return shapes.values().stream().mapToLong(count -> count.givenUp).sum();
    }

    long all() {
        return shapes.values().stream().mapToLong(Count::all).sum();
    }

    /** A table in Markdown. */
    String table() {
        StringBuilder text = new StringBuilder(
                "| shape | executed | of them with rows | failed, as without dtx | refused"
                        + " | rolled back only | other order of rows | why refused, most often |\n|---|--:|--:|--:|--:|--:|--:|---|\n");
        shapes.forEach((shape, count) -> text.append("| ")
                .append(shape.text())
                .append(" | ")
                .append(count.executed)
                .append(" | ")
                .append(count.changing)
                .append(" | ")
                .append(count.failed)
                .append(" | ")
                .append(count.refused)
                .append(" | ")
                .append(count.givenUp)
                .append(" | ")
                .append(count.collided)
                .append(" | ")
                .append(mostOften(count))
                .append(" |\n"));
        return text.toString();
    }

    private static String mostOften(Count count) {
        return count.reasons.entrySet().stream()
                .max(Map.Entry.comparingByValue(Comparator.naturalOrder()))
                .map(reason -> reason.getKey().replace('|', '/').replace('\n', ' '))
                .map(reason -> reason.length() > 120 ? reason.substring(0, 117) + "..." : reason)
                .orElse("");
    }

    /** All reasons, for someone who wants to see what is refused. */
    String reasons() {
        StringBuilder text = new StringBuilder();
        shapes.forEach((shape, count) -> count.reasons.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .forEach(reason -> text.append(String.format(
                        "%7d  %s: %s%n",
                        reason.getValue(), shape.text(), reason.getKey().replace('\n', ' ')))));
        return text.toString();
    }
}
