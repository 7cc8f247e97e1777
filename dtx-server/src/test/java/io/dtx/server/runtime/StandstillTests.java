package io.dtx.server.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.server.coordinator.Command;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Looks, and turns of the loop, are the test's: each look stands for a second of a process that runs. */
class StandstillTests {

    private final EventLoop loop = new EventLoop("test", () -> Long.MAX_VALUE, () -> false, failure -> {
        throw new AssertionError(failure);
    });
    private final List<String> ended = new ArrayList<>();
    private final TestClock clock = new TestClock();
    private @Nullable Object entry;
    private boolean onDisk;
    private @Nullable RuntimeException silence;
    private boolean othersCanLead = true;
    private final Standstill amongOthers =
            new Standstill(loop, () -> entry, this::isOnDisk, () -> othersCanLead, false, () -> ended.add("ended"));
    private final Standstill alone = new Standstill(loop, () -> entry, this::isOnDisk, () -> false, true, null);

    private boolean isOnDisk() {
        assertThat(entry)
                .as("what another node's entries fill may be slow to ask")
                .isNotNull();
        if (silence != null) {
            throw silence;
        }
        return onDisk;
    }

    @Test
    void aThreadThatDoesNotGoOnIsToldAndEndsTheProcessIfOthersCanLead() throws InterruptedException {
        loop.turn();
        look(amongOthers, 1 + Standstill.LOOKS_UNTIL_TOLD);
        assertThat(amongOthers.text()).contains("the leader's thread has not gone on for 10 s");
        assertThat(ended).isEmpty();

        look(amongOthers, Standstill.LOOKS_UNTIL_ENDED - Standstill.LOOKS_UNTIL_TOLD - 1);
        assertThat(ended).isEmpty();
        look(amongOthers, 1);
        assertThat(ended).containsExactly("ended");
    }

    @Test
    void aThreadThatDoesNotGoOnIsOnlyToldWhereThereAreNoOthers() throws InterruptedException {
        look(alone, 10 * Standstill.LOOKS_UNTIL_ENDED);

        assertThat(alone.text()).isNotEmpty();
        assertThat(ended).isEmpty();
    }

    /** As while one of three is away: without this node nobody could lead. And one that follows keeps nobody from it. */
    @Test
    void whereOthersCanNotLeadItIsOnlyToldUntilTheyCan() throws InterruptedException {
        othersCanLead = false;
        look(amongOthers, 10 * Standstill.LOOKS_UNTIL_ENDED);
        assertThat(amongOthers.text()).isNotEmpty();
        assertThat(ended).isEmpty();

        othersCanLead = true;
        look(amongOthers, 2);
        assertThat(ended).containsExactly("ended");
    }

    /** All that has gathered meanwhile belongs to one turn, and each event may take its time. */
    @Test
    void aThreadThatIsBusyWithOneLongTurnIsNoStandstill() {
        for (int i = 0; i < 2 * Standstill.LOOKS_UNTIL_ENDED; i++) {
            loop.execute(() -> {
                try {
                    look(amongOthers, Standstill.LOOKS_UNTIL_TOLD / 2);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
        }
        loop.turn();

        assertThat(amongOthers.text()).isEmpty();
        assertThat(ended).isEmpty();
    }

    @Test
    void aThreadThatIsSlowIsNoStandstill() throws InterruptedException {
        for (int i = 0; i < 10; i++) {
            look(amongOthers, Standstill.LOOKS_UNTIL_TOLD - 1);
            loop.turn();
            assertThat(amongOthers.text()).isEmpty();
        }
        assertThat(ended).isEmpty();
    }

    @Test
    void aThreadWhoseMailboxIsFullIsNoStandstill() throws InterruptedException {
        for (int i = 0; i < 1_000 * Standstill.LOOKS_UNTIL_ENDED; i++) {
            loop.execute(() -> {});
        }
        entry = "on its way";
        for (int i = 0; i < Standstill.LOOKS_UNTIL_ENDED; i++) {
            look(amongOthers, 1);
            loop.turn();
        }
        assertThat(amongOthers.text()).isEmpty();
        assertThat(ended).isEmpty();
    }

    @Test
    void aDiskThatDoesNotConfirmIsToldAndEndsTheProcessIfOthersCanLead() throws InterruptedException {
        entry = "on its way";
        lookAndTurn(amongOthers, Standstill.LOOKS_UNTIL_TOLD + 1);
        assertThat(amongOthers.text()).isEmpty();

        lookAndTurn(amongOthers, 1);
        assertThat(amongOthers.text()).contains("this node's disk has not confirmed a log entry for 10 s");

        lookAndTurn(amongOthers, Standstill.LOOKS_UNTIL_ENDED - Standstill.LOOKS_UNTIL_TOLD - 1);
        assertThat(ended).isEmpty();
        lookAndTurn(amongOthers, 1);
        assertThat(ended).containsExactly("ended");
    }

    @Test
    void aDiskThatDoesNotConfirmIsOnlyToldWhereThereAreNoOthersAndPasses() throws InterruptedException {
        entry = "on its way";
        lookAndTurn(alone, 10 * Standstill.LOOKS_UNTIL_ENDED);
        assertThat(alone.text()).contains("this node's disk");
        assertThat(ended).isEmpty();

        entry = "another";
        lookAndTurn(alone, 2);
        assertThat(alone.text()).isEmpty();
    }

    /** Without this node there would be fewer disks still that an entry could be durable on. */
    @Test
    void otherNodesThatDoNotConfirmAreToldAndEndNothing() throws InterruptedException {
        entry = "on its way";
        onDisk = true;
        lookAndTurn(amongOthers, 10 * Standstill.LOOKS_UNTIL_ENDED);

        assertThat(amongOthers.text()).contains("the other nodes have not confirmed a log entry");
        assertThat(ended).isEmpty();
    }

    @Test
    void nobodyElseIsBlamedWhereThereIsNobodyElse() throws InterruptedException {
        entry = "on its way";
        onDisk = true;
        lookAndTurn(alone, Standstill.LOOKS_UNTIL_TOLD + 2);

        assertThat(alone.text())
                .isEqualTo("a log entry has not been applied for 10 s, though this node's disk has confirmed it");
    }

    @Test
    void aLogThatDoesNotSayWhatIsOnDiskIsToldAndEndsNothing() throws InterruptedException {
        entry = "on its way";
        lookAndTurn(amongOthers, 2);
        silence = new IllegalStateException("closed");
        lookAndTurn(amongOthers, 10 * Standstill.LOOKS_UNTIL_ENDED);

        assertThat(amongOthers.text())
                .contains("a log entry has not been applied for")
                .endsWith(" s, and the log does not say whether this node's disk has confirmed it");
        assertThat(ended).isEmpty();
    }

    /** The wait was for the others; that the entry after it is just being written says nothing of this disk. */
    @Test
    void aDiskThatIsAskedJustWhileItWritesIsNotAtFault() throws InterruptedException {
        entry = "on its way";
        onDisk = true;
        lookAndTurn(amongOthers, 2 * Standstill.LOOKS_UNTIL_ENDED);
        onDisk = false;
        lookAndTurn(amongOthers, 2);

        assertThat(amongOthers.text()).contains("this node's disk has not confirmed");
        assertThat(ended).isEmpty();
    }

    @Test
    void entriesThatComeBackAreNoStandstill() throws InterruptedException {
        for (int i = 0; i < 5 * Standstill.LOOKS_UNTIL_ENDED; i++) {
            entry = i % 3 == 0 ? null : "entry " + i / Standstill.LOOKS_UNTIL_TOLD;
            lookAndTurn(amongOthers, 1);
            assertThat(amongOthers.text()).isEmpty();
        }
    }

    @Test
    void whatIsToldPasses() throws InterruptedException {
        look(amongOthers, Standstill.LOOKS_UNTIL_ENDED - 1);
        loop.turn();
        look(amongOthers, 1);

        assertThat(amongOthers.text()).isEmpty();
        assertThat(ended).isEmpty();
    }

    @Test
    void aCoordinatorTellsOfAnEntryThatItsLogDoesNotMakeDurable(@TempDir Path directory) throws InterruptedException {
        MemoryLog log = new MemoryLog(clock);
        TurnedCoordinator turned = coordinator(log, directory);
        Coordinator coordinator = turned.coordinator();
        coordinator.gained();
        turned.turn();
        turned.turn();
        assertThat(coordinator.status()).isEqualTo(Coordinator.Status.SERVING);
        log.slow = true;
        log.onDisk = false;
        var unused = coordinator.operate(new Command.AskUnknown(List.of()));

        isToldInTime(turned);

        log.slow = false;
        log.makeDurable();
        turnAndLook(turned, 2);
        assertThat(coordinator.standstill()).isEmpty();
    }

    /** Before it has served anybody: its heartbeats keep the others from leading all the same. */
    @Test
    void aCoordinatorTellsOfAFirstEntryThatItsLogDoesNotMakeDurable(@TempDir Path directory)
            throws InterruptedException {
        MemoryLog log = new MemoryLog(clock);
        log.slow = true;
        log.onDisk = false;
        TurnedCoordinator turned = coordinator(log, directory);
        turned.coordinator().gained();

        isToldInTime(turned);

        turned.coordinator().lost("");
        turnAndLook(turned, 2);
        assertThat(turned.coordinator().standstill()).isEmpty();
    }

    private TurnedCoordinator coordinator(MemoryLog log, Path directory) {
        return new TurnedCoordinator(log, clock, directory, Map.of());
    }

    private static void isToldInTime(TurnedCoordinator turned) throws InterruptedException {
        turnAndLook(turned, Standstill.LOOKS_UNTIL_TOLD);
        assertThat(turned.coordinator().standstill()).isEmpty();
        turnAndLook(turned, 2);
        assertThat(turned.coordinator().standstill()).contains("this node's disk");
    }

    private static void turnAndLook(TurnedCoordinator turned, int times) throws InterruptedException {
        for (int i = 0; i < times; i++) {
            turned.turn();
            turned.look();
        }
    }

    @Test
    void aLoopKnowsThatItHasEnded() {
        EventLoop running = new EventLoop("running", () -> 60_000, () -> false, failure -> {});
        running.start();
        CountDownLatch turned = new CountDownLatch(1);
        running.execute(turned::countDown);
        assertThat(running.ended()).isFalse();

        running.close();

        assertThat(running.ended()).isTrue();
    }

    private void lookAndTurn(Standstill standstill, int times) throws InterruptedException {
        for (int i = 0; i < times; i++) {
            look(standstill, 1);
            loop.turn();
        }
    }

    private static void look(Standstill standstill, int times) throws InterruptedException {
        for (int i = 0; i < times; i++) {
            standstill.look();
        }
    }
}
