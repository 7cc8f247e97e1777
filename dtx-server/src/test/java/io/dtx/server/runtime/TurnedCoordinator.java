package io.dtx.server.runtime;

import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A coordinator without a thread: its owner lets it take its turns. */
public final class TurnedCoordinator {

    private final Coordinator coordinator;

    /** On a log in memory, by the test's clock. */
    TurnedCoordinator(MemoryLog log, TestClock clock, Path directory, Map<String, String> doors) {
        this(log, clock, directory, doors, null);
    }

    /** Likewise, with the order to begin a new cluster. */
    TurnedCoordinator(
            MemoryLog log, TestClock clock, Path directory, Map<String, String> doors, @Nullable GivenUp newCluster) {
        coordinator = new Coordinator(
                log,
                new CoordinatorTime(clock, clock::millis),
                clock::millis,
                new Random(1),
                LeaderSettings.STANDARD,
                new BehindMark(directory),
                newCluster,
                doors,
                () -> {});
    }

    TurnedCoordinator(
            CommandLog log,
            CoordinatorTime clock,
            LongSupplier now,
            RandomGenerator random,
            LeaderSettings settings,
            Path directory,
            Map<String, String> doors,
            Runnable onFailed) {
        coordinator =
                new Coordinator(log, clock, now, random, settings, new BehindMark(directory), null, doors, onFailed);
    }

    /**
     * Without a data directory.
     *
     * @param onBehind told why this node takes its data for an old copy
     */
    public TurnedCoordinator(
            CommandLog log,
            CoordinatorTime clock,
            LongSupplier now,
            RandomGenerator random,
            LeaderSettings settings,
            Consumer<String> onBehind,
            Map<String, String> doors,
            Runnable onFailed) {
        BehindMark mark = new BehindMark(Path.of("")) {
            @Override
            boolean isSet(@Nullable String cluster) {
                return false;
            }

            @Override
            void set(String what) {
                onBehind.accept(what);
            }

            @Override
            void clear() {}
        };
        coordinator = new Coordinator(log, clock, now, random, settings, mark, null, doors, onFailed);
    }

    /** @return the milliseconds until the next turn, if nothing comes before */
    public long turn() {
        return coordinator.turn();
    }

    /** What the thread that watches over the coordinator's own would do once in a second. */
    public void look() throws InterruptedException {
        coordinator.look();
    }

    public Coordinator coordinator() {
        return coordinator;
    }
}
