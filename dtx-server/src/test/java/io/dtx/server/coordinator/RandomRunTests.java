package io.dtx.server.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.AuditEntry.Action;
import io.dtx.server.coordinator.Result.Decided;
import io.dtx.server.coordinator.Result.LocksHeld;
import io.dtx.server.coordinator.Result.Refused;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Many short runs of random commands against the {@link Model}, with the invariants checked after each step. A failure names
 * its run's seed; {@code -Ddtx.seed=<seed>} plays that run alone, {@code -Ddtx.runs=<n>} plays more.
 */
class RandomRunTests {

    private static final int STEPS = 70;

    private record Step(Command command, long timestamp) {}

    @Test
    @DisplayName("I1, I3, I4, I7, I8, I9: they hold after each step of random runs")
    void invariantsHoldAfterEachStepOfRandomRuns() {
        Long single = Long.getLong("dtx.seed");
        if (single != null) {
            new Run(single).play();
            return;
        }
        Random seeds = new Random();
        for (int runs = Integer.getInteger("dtx.runs", 4_000); runs > 0; runs--) {
            new Run(seeds.nextLong()).play();
        }
    }

    private static final class Run {
        private final long seed;
        private final RandomCommands commands;
        private final Random random;
        private final StateMachine machine = new StateMachine();
        private final Model model = new Model();
        private final List<Step> history = new ArrayList<>();
        private final Map<Xid, Boolean> committed = new HashMap<>();
        private final Set<Xid> gone = new HashSet<>();

        Run(long seed) {
            this.seed = seed;
            commands = new RandomCommands(seed);
            random = new Random(~seed);
        }

        void play() {
            Step first = new Step(new Command.CreateCluster(RandomCommands.CLUSTER), Coordinator.START);
            history.add(first);
            machine.apply(first.command(), first.timestamp());
            model.now = first.timestamp();
            StateMachine resumed = machine;
            int resumeAt = random.nextInt(STEPS);
            for (int i = 0; i < STEPS; i++) {
                if (i == resumeAt) {
                    resumed = new StateMachine(machine.snapshot());
                }
                Step step = new Step(commands.next(), commands.timestamp());
                history.add(step);
                try {
                    take(step);
                    if (resumed != machine) {
                        resumed.apply(step.command(), step.timestamp());
                    }
                } catch (AssertionError | RuntimeException e) {
                    throw failed(e);
                }
            }
            try {
                i8(resumed);
            } catch (AssertionError e) {
                throw failed(e);
            }
        }

        private AssertionError failed(Throwable cause) {
            return new AssertionError(
                    "seed " + seed + " (play it with -Ddtx.seed=" + seed + "), after\n"
                            + history.stream().map(Step::toString).collect(Collectors.joining("\n")),
                    cause);
        }

        private void take(Step step) {
            Snapshot before = machine.snapshot();
            Result result = machine.apply(step.command(), step.timestamp());
            Object expected = model.apply(step.command(), step.timestamp());
            Object actual = result instanceof Refused refused
                    ? refused.rule()
                    : result instanceof LocksHeld held ? Set.copyOf(held.held()) : result;
            assertThat(actual).isEqualTo(expected);
            sameState();
            if (result instanceof Refused || result instanceof LocksHeld || isQuestion(step.command())) {
                assertThat(withoutTime(machine.snapshot())).isEqualTo(withoutTime(before));
            }
            i1(result);
            i3(before);
            i4(before);
            i7(before, step.command());
        }

        private static boolean isQuestion(Command command) {
            return command instanceof Command.CheckLocks
                    || command instanceof Command.AskUnknown
                    || command instanceof Command.AskOutcome;
        }

        private static Snapshot withoutTime(Snapshot it) {
            return new Snapshot(
                    it.cluster(), 0, it.watermarkMillis(), it.unfinished(), it.rolledBack(), it.committed(), null);
        }

        private void sameState() {
            assertThat(machine.watermarkMillis()).isEqualTo(model.watermark);
            assertThat(machine.olderThan()).isEqualTo(Optional.ofNullable(model.olderThan));
            for (Xid xid : RandomCommands.xids()) {
                Model.Tx expected = model.known.get(xid);
                Transaction actual = machine.transaction(xid).orElse(null);
                assertThat(actual == null).as("%s is unknown", xid).isEqualTo(expected == null);
                if (actual == null || expected == null) {
                    continue;
                }
                assertThat(actual.status()).isEqualTo(expected.status);
                assertThat(actual.forced()).isEqualTo(Model.forced(expected));
                assertThat(actual.finishedAtMillis()).isEqualTo(expected.finishedAt);
                if (actual.status() != TransactionStatus.COMMITTED) {
                    assertThat(actual.branches().stream().map(Branch::number).toList())
                            .isEqualTo(List.copyOf(expected.branches.keySet()));
                    actual.branches()
                            .forEach(branch -> assertThat(branch.attempt())
                                    .isEqualTo(Objects.requireNonNull(expected.branches.get(branch.number())).attempt));
                }
            }
            sameLocks();
        }

        /** I9 too: each key by itself, and nobody beside one that writes. */
        private void sameLocks() {
            Map<LockKey, Map<Xid, LockMode>> actual = new HashMap<>();
            machine.forEachLock(lock ->
                    actual.computeIfAbsent(lock.key(), key -> new HashMap<>()).put(lock.holder(), lock.mode()));
            Map<LockKey, Map<Xid, LockMode>> expected = new HashMap<>();
            for (String resource : List.of(Coordinator.BANK1, Coordinator.BANK2)) {
                for (int i = 0; i < 3; i++) {
                    LockKey key = Coordinator.row(resource, "" + i);
                    if (!model.holders(key).isEmpty()) {
                        expected.put(key, model.holders(key));
                    }
                }
            }
            assertThat(actual).isEqualTo(expected);
            actual.values()
                    .forEach(holders -> assertThat(holders.size() == 1 || !holders.containsValue(LockMode.EXCLUSIVE))
                            .isTrue());
        }

        /** A decision once seen stays, also in the memory of those who saw it; what is forgotten never comes back. */
        private void i1(Result result) {
            if (result instanceof Decided decided) {
                boolean commit = decided.outcome().status() == TransactionStatus.COMMITTED;
                assertThat(committed.putIfAbsent(decided.outcome().xid(), commit))
                        .isIn(null, commit);
            }
            for (Xid xid : RandomCommands.xids()) {
                boolean known = machine.transaction(xid).isPresent();
                assertThat(known && gone.contains(xid)).as("%s came back", xid).isFalse();
                if (!known && committed.containsKey(xid)) {
                    gone.add(xid);
                }
            }
        }

        /** Nobody joins what is decided. */
        private void i3(Snapshot before) {
            for (Transaction old : before.unfinished()) {
                if (old.decided()) {
                    machine.transaction(old.xid())
                            .ifPresent(now -> assertThat(now.branches()).hasSameSizeAs(old.branches()));
                }
            }
        }

        /** A hold ends with its branch, or with a commit; and of two branches of one resource, the later ends first. */
        private void i4(Snapshot before) {
            for (Transaction old : before.unfinished()) {
                Transaction now = machine.transaction(old.xid()).orElseThrow();
                if (now.status() == TransactionStatus.COMMITTED) {
                    continue;
                }
                for (Branch branch : old.branches()) {
                    Branch after = now.branch(branch.number()).orElseThrow();
                    if (!after.state().ended()) {
                        branch.locks()
                                .forEach(lock -> assertThat(machine.holders(lock.key()))
                                        .extracting(HeldLock::holder)
                                        .contains(old.xid()));
                    } else if (after.state() == BranchState.RESTORED
                            && !branch.state().ended()) {
                        assertThat(now.branches()
                                        .subList(
                                                now.branches().indexOf(after) + 1,
                                                now.branches().size()))
                                .filteredOn(later -> later.resource().equals(after.resource()))
                                .allMatch(later -> later.state().ended());
                    }
                }
            }
        }

        /** Whatever ended without restoring has an operator's entry, ends FORCED, and is forgotten on his order only. */
        private void i7(Snapshot before, Command command) {
            for (Xid xid : RandomCommands.xids()) {
                Transaction now = machine.transaction(xid).orElse(null);
                if (now == null) {
                    continue;
                }
                for (Branch branch : now.branches()) {
                    boolean ordered = now.audit().stream()
                            .anyMatch(entry -> entry.branch() == branch.number() && entry.action() != Action.RETRY);
                    assertThat(branch.state() == BranchState.SKIPPED && !ordered)
                            .isFalse();
                    assertThat(branch.state() == BranchState.RESTORED && ordered)
                            .isFalse();
                    assertThat(now.status() == TransactionStatus.ROLLED_BACK
                                    && branch.state() == BranchState.SKIPPED
                                    && !now.forced())
                            .isFalse();
                }
            }
            before.rolledBack().stream()
                    .filter(Transaction::forced)
                    .filter(old -> !(command instanceof Command.ForgetForced forget
                            && forget.xid().equals(old.xid())))
                    .forEach(old -> assertThat(machine.transaction(old.xid())).contains(old));
        }

        /** The whole history again, and a snapshot of its middle with the rest, give the same state. */
        private void i8(StateMachine resumed) {
            StateMachine replayed = new StateMachine();
            history.forEach(step -> replayed.apply(step.command(), step.timestamp()));
            for (StateMachine other : List.of(replayed, resumed)) {
                assertThat(other.snapshot()).isEqualTo(machine.snapshot());
                assertThat(locks(other)).isEqualTo(locks(machine));
            }
        }

        private static Set<HeldLock> locks(StateMachine machine) {
            Set<HeldLock> locks = new HashSet<>();
            machine.forEachLock(locks::add);
            return locks;
        }
    }
}
