package io.dtx.server.simulation;

import io.dtx.model.BranchId;
import io.dtx.server.coordinator.BranchState;
import io.dtx.server.coordinator.Command;
import io.dtx.server.simulation.LocalWork.Posting;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** One run: a seed decides everything, and gives the same run each time. */
final class Simulation {

    private static final long MOST_STEPS = 400_000;
    /** By then there is a leader, and the applications have found it. */
    private static final long START = 2_000;

    /**
     * How a run ended.
     *
     * @param violation null if every invariant held at every step
     * @param trace empty unless wanted
     */
    record Run(long seed, Violation violation, long steps, String trace) {}

    private final long seed;
    private final World world;

    private Simulation(long seed, Mutation mutation, Set<String> without, boolean traced) {
        this.seed = seed;
        this.world = new World(seed, mutation, without, traced);
        world.globalLockWork = this::globalLockWork;
    }

    static Run run(long seed, Mutation mutation) {
        return run(seed, mutation, Set.of(), false);
    }

    /**
     * @param without what to leave out of what goes wrong, see {@link Faults}
     * @param traced whether to keep the trace
     */
    static Run run(long seed, Mutation mutation, Set<String> without, boolean traced) {
        return new Simulation(seed, mutation, without, traced).run();
    }

    private Run run() {
        Violation violation = null;
        try {
            play();
        } catch (Violation found) {
            violation = found;
            world.trace.line("!!!", found.getMessage());
        } catch (RuntimeException | StackOverflowError broken) {
            violation = new Violation("none", "the simulation itself failed with " + broken);
            violation.initCause(broken);
        }
        return new Run(seed, violation, world.scheduler.steps(), world.trace.text(world.observer.names()));
    }

    private void play() {
        world.nodes.forEach(CoordinatorNode::start);
        world.applications.forEach(Application::start);
        long horizon = world.chance.between(1_000, 6_000);
        world.faults.plan(START + horizon);
        for (int i = 1; i <= world.plan.transfers; i++) {
            String name = "t" + i;
            world.scheduler.after(START + world.chance.between(1, horizon), Life.FOREVER, () -> transfer(name));
        }
        for (int i = 0; i < world.plan.globalLockWorks; i++) {
            world.scheduler.after(START + world.chance.between(1, horizon), Life.FOREVER, this::globalLockWork);
        }
        boolean operator = world.plan.operator && !world.without.contains("operator");
        for (int i = 0; operator && i < 10; i++) {
            world.scheduler.after(START + world.chance.between(1, horizon), Life.FOREVER, this::skip);
        }
        long end = START + horizon + (world.plan.longPauses ? 32 * 60_000 : 12_000);
        until(end, false);
        world.faults.heal();
        until(end + 300_000, true);
        world.observer.finalCheck();
        everythingWorks();
        if (seed % 32 == 0) {
            guardRowsGo();
        }
    }

    /** After whatever has happened, transfers succeed: by one application, in some seeds by each. */
    private void everythingWorks() {
        // Where outcomes are forgotten after a second, and not after an hour, a time that came in a slow handshake is
        // too old.
        for (Application application : world.applications) {
            Connection connection = application.client().connection();
            if (connection != null && application.client().handshakeMillis() > 500) {
                connection.cut();
            }
        }
        until(world.scheduler.now() + 3_000, false);
        List<Application> some = seed % 8 == 0 ? world.applications : List.of(world.chance.of(world.applications));
        for (Application application : some) {
            List<Transfer.Step> steps = List.of(
                    new Transfer.Step(application.database, false, List.of(new Posting("0", -1))),
                    new Transfer.Step(world.databases.get(0), true, List.of(new Posting("1", 1))));
            Transfer.Answer answer = Transfer.Answer.FAILED;
            for (int i = 1; answer != Transfer.Answer.DONE; i++) {
                if (i > 10) {
                    throw new Violation("end", application.name + " does not get a transfer done any more: " + answer);
                }
                answer = answerOf(new Transfer(application, application.name + " last " + i, steps, false));
            }
        }
        until(world.scheduler.now() + 300_000, true);
        world.observer.finalCheck();
    }

    private Transfer.Answer answerOf(Transfer transfer) {
        transfer.run();
        while (world.observer.answer(transfer.name()) == null) {
            world.scheduler.step();
        }
        until(world.scheduler.now() + world.chance.between(1, 1_000), false);
        return world.observer.answer(transfer.name());
    }

    /** Guard rows stay for 2X by their database's clock and as long as the outcome is known, and then go. */
    private void guardRowsGo() {
        long end = world.scheduler.now() + 2 * World.REGISTRATION_LIMIT + 3 * 3_600_000 + world.plan.retention;
        while (world.scheduler.now() < end && world.guardRows() > 0) {
            world.scheduler.step();
        }
        if (world.guardRows() > 0) {
            throw new Violation("end", world.guardRows() + " guard rows stay for ever");
        }
    }

    /** @param rest whether to stop once all is at rest */
    private void until(long end, boolean rest) {
        long looked = world.scheduler.now();
        while (world.scheduler.now() < end && world.scheduler.step()) {
            if (world.scheduler.steps() > MOST_STEPS) {
                throw new Violation("none", "too many steps");
            }
            if (rest && world.scheduler.now() > looked + 1_000) {
                looked = world.scheduler.now();
                if (world.observer.unrest().isEmpty()) {
                    return;
                }
                skipStalled();
            }
        }
        if (rest) {
            throw new Violation("end", "not at rest: " + world.observer.unrest());
        }
    }

    private void transfer(String name) {
        Application initiator = world.chance.of(world.applications);
        if (!initiator.up()) {
            return;
        }
        List<Transfer.Step> steps = new ArrayList<>();
        int parts = 2 + (world.chance.oneIn(3) ? 2 : 0);
        boolean careless = world.plan.careless;
        for (int i = 0; i < parts; i++) {
            Database at = world.chance.of(world.databases);
            boolean remote = at != initiator.database || world.chance.oneIn(3);
            List<Posting> postings = new ArrayList<>();
            if (!careless) {
                postings.add(new Posting(account(), i % 2 == 0 ? -1 : 1));
            }
            if (careless || world.chance.oneIn(4)) {
                postings.add(new Posting(account(), -1));
                postings.add(new Posting(account(), 1));
            }
            steps.add(new Transfer.Step(at, remote, postings));
        }
        new Transfer(initiator, name, steps, careless).run();
    }

    /** What another skipped branch left in its rows keeps a branch from being restored: it has to be skipped, too. */
    private void skipStalled() {
        world.observer
                .truth()
                .rollingBack()
                .forEach(transaction -> transaction.branches().stream()
                        .filter(branch -> branch.state() == BranchState.STALLED)
                        .forEach(branch -> world.nodes.forEach(
                                node -> skip(node, new BranchId(transaction.xid(), branch.number())))));
    }

    /** An operator gives up some branch that rolls back, without force. */
    private void skip() {
        List<BranchId> left = new ArrayList<>();
        world.observer
                .truth()
                .rollingBack()
                .forEach(transaction -> transaction
                        .due()
                        .forEach(branch -> left.add(new BranchId(transaction.xid(), branch.number()))));
        CoordinatorNode node = world.chance.of(world.nodes);
        if (!left.isEmpty() && node.up()) {
            skip(node, world.chance.of(left));
        }
    }

    private void skip(CoordinatorNode node, BranchId branch) {
        world.trace.line("ops", "orders ", node.name, " to skip ", branch);
        var unused = node.coordinator().operate(new Command.SkipBranch(branch, "ann", "by hand", false));
        node.wake();
    }

    private void globalLockWork() {
        Application application = world.chance.of(world.applications);
        if (application.up()) {
            new GlobalLockWork(application, account(), account()).run();
        }
    }

    private String account() {
        return String.valueOf(world.chance.upTo(world.plan.rows));
    }
}
