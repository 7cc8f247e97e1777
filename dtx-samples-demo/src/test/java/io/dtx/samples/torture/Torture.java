package io.dtx.samples.torture;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * One run: fault after fault under load, each followed by repair, settling and an audit. The first fault after which
 * something is wrong ends it.
 */
final class Torture {

    private final BankSystem system;
    private final Load load;
    private final Audit audit;
    private final Random random;
    private final Map<String, Integer> injected = new TreeMap<>();
    private final Instant begin = Instant.now();
    private Duration longestSettling = Duration.ZERO;

    Torture(BankSystem system, long seed) {
        this.system = system;
        this.random = new Random(seed);
        this.load = new Load(system.payingUrl(), BankSystem.ACCOUNTS, seed);
        this.audit = new Audit(system);
    }

    /**
     * @param atMost begins no fault after this time
     * @return what was wrong; empty if nothing was
     */
    List<String> run(int faults, Duration atMost) throws Exception {
        List<Fault> deck = new ArrayList<>();
        for (int i = 0; i < faults && Duration.between(begin, Instant.now()).compareTo(atMost) < 0; i++) {
            if (deck.isEmpty()) {
                deck.addAll(all());
                Collections.shuffle(deck, random);
            }
            Fault fault = deck.remove(deck.size() - 1);
            List<String> wrong = round(fault);
            if (!wrong.isEmpty()) {
                wrong.add(0, "after fault " + (i + 1) + ", " + fault.name() + ":");
                return wrong;
            }
        }
        return new ArrayList<>();
    }

    private List<String> round(Fault fault) throws Exception {
        load.start();
        pause(200, 600);
        System.out.println(Instant.now() + " " + fault.name());
        fault.inject().run();
        injected.merge(fault.name(), 1, Integer::sum);
        // Longer than it takes to notice and to do without; one in four is longer than callers and connections wait,
        // too.
        if (random.nextInt(4) == 0) {
            pause(2_000, 5_000);
        } else {
            pause(300, 2_000);
        }
        fault.heal().run();
        pause(200, 600);
        Instant stopping = Instant.now();
        load.stop();
        Instant repairing = Instant.now();
        system.repair();
        Instant settling = Instant.now();
        List<String> wrong = new ArrayList<>(audit.settle());
        Duration took = Duration.between(settling, Instant.now());
        longestSettling = took.compareTo(longestSettling) > 0 ? took : longestSettling;
        System.out.println("  the last call was answered after "
                + Duration.between(stopping, repairing).toMillis() + " ms, everything ran after "
                + Duration.between(repairing, settling).toMillis() + " ms, was settled after " + took.toMillis()
                + " ms");
        wrong.addAll(audit.check(load.answers()));
        return wrong;
    }

    private List<Fault> all() {
        List<Fault> faults = new ArrayList<>();
        for (Program program : system.coordinators()) {
            faults.add(kill(program));
            faults.add(kill(program));
            faults.add(pauseOf(program));
        }
        for (Program program : system.banks()) {
            faults.add(kill(program));
            faults.add(pauseOf(program));
        }
        faults.add(new Fault(
                "kill the database", system.server().kill(), system.server().startAgain()));
        faults.add(new Fault(
                "stop the database for a while",
                () -> system.server().signal("STOP"),
                () -> system.server().signal("CONT")));
        for (Way way : system.network().ways()) {
            faults.addAll(troublesOf(way));
        }
        faults.addAll(partitions());
        return faults;
    }

    private List<Fault> troublesOf(Way way) {
        return List.of(
                new Fault("cut " + way.name(), way::cut, () -> {}),
                new Fault("refuse " + way.name(), way::refuse, way::release),
                new Fault("hold back requests of " + way.name(), way::holdRequests, () -> letGo(way)),
                new Fault("hold back answers of " + way.name(), way::holdAnswers, () -> letGo(way)));
    }

    /** Between coordinators, in both directions: two that do not hear each other, and one that hears and is heard by nobody. */
    private List<Fault> partitions() {
        Set<String> nodes =
                system.coordinators().stream().map(Program::name).collect(Collectors.toCollection(TreeSet::new));
        List<Fault> faults = new ArrayList<>();
        for (String node : nodes) {
            Set<String> others = new TreeSet<>(nodes);
            others.remove(node);
            if (!others.isEmpty()) {
                faults.add(partition(system.network().around(node, others)));
            }
            for (String other : others) {
                if (node.compareTo(other) < 0) {
                    faults.add(partition(system.network().around(node, Set.of(other))));
                }
            }
        }
        return faults;
    }

    private Fault partition(Way way) {
        return random.nextBoolean()
                ? new Fault("refuse all between " + way.name(), way::refuse, way::release)
                : new Fault("hold back all between " + way.name(), way::hold, () -> letGo(way));
    }

    private static Fault kill(Program program) {
        return new Fault("kill " + program.name(), program::kill, program::start);
    }

    private static Fault pauseOf(Program program) {
        return new Fault(
                "stop " + program.name() + " for a while", () -> program.signal("STOP"), () -> program.signal("CONT"));
    }

    /** What was held back arrives late, or never. */
    private void letGo(Way way) {
        if (random.nextBoolean()) {
            way.cut();
        }
        way.release();
    }

    private void pause(int atLeast, int atMost) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(atLeast + random.nextInt(atMost - atLeast));
    }

    int faults() {
        return injected.values().stream().mapToInt(Integer::intValue).sum();
    }

    long done() {
        return load.count(Answered.DONE);
    }

    String report(long seed, int coordinators) {
        StringBuilder text = new StringBuilder();
        text.append("seed ").append(seed).append(", ").append(coordinators).append(" coordinator(s), ");
        text.append(faults()).append(" faults, ");
        text.append(Duration.between(begin, Instant.now()).toSeconds()).append(" s\n");
        text.append("transfers: ")
                .append(load.count(Answered.DONE))
                .append(" done, ")
                .append(load.count(Answered.FAILED))
                .append(" failed, ")
                .append(load.count(Answered.NOTHING))
                .append(" not answered or in doubt\n");
        text.append("longest settling after a repair: ")
                .append(longestSettling.toMillis())
                .append(" ms\n");
        injected.forEach((fault, times) ->
                text.append("  ").append(times).append(" x ").append(fault).append('\n'));
        text.append("last failure seen by a caller: ")
                .append(load.lastFailure())
                .append('\n');
        return text.toString();
    }
}
