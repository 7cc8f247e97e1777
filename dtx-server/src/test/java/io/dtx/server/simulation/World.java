package io.dtx.server.simulation;

import io.dtx.model.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Everything there is in one run. */
final class World {

    /** What clocks show at the beginning. */
    static final long EPOCH = 1_800_000_000_000L;

    /** X of I5: the age at which a registration is too old for its local commit. */
    static final long REGISTRATION_LIMIT = 600_000;

    final Mutation mutation;
    final Set<String> without;
    final Chance chance;
    final Plan plan;
    final Scheduler scheduler = new Scheduler();
    final Trace trace;
    final Observer observer;
    final LogGroup group;
    final List<CoordinatorNode> nodes = new ArrayList<>();
    final List<Database> databases = new ArrayList<>();
    final List<Application> applications = new ArrayList<>();
    final Service service = new Service(this);
    final Faults faults;
    /** Another local transaction under {@code @GlobalLock}. */
    Runnable globalLockWork = () -> {};
    /** From here on nothing goes wrong any more. */
    boolean healed;

    private long branches;

    World(long seed, Mutation mutation, Set<String> without, boolean traced) {
        this.mutation = mutation;
        this.without = without;
        this.chance = new Chance(seed);
        this.plan = new Plan(chance);
        this.trace = new Trace(scheduler, traced);
        this.observer = new Observer(this);
        this.group = new LogGroup(this, plan.nodes);
        for (int id = 0; id < plan.nodes; id++) {
            nodes.add(new CoordinatorNode(this, group, id));
        }
        for (int i = 0; i < plan.databases; i++) {
            databases.add(new Database(this, "db" + (i + 1), plan.rows, chance.oneIn(2)));
        }
        for (Database database : databases) {
            for (int i = 0; i < 2; i++) {
                String name = "app" + (applications.size() + 1);
                applications.add(new Application(this, name, database));
            }
        }
        this.faults = new Faults(this);
    }

    /** Short, so that a trace can be read. */
    long newBranch() {
        return ++branches;
    }

    String nodeName(int id) {
        return "n" + (id + 1);
    }

    long clockOf(int node) {
        return nodes.get(node).time().millis();
    }

    void wake(int node) {
        nodes.get(node).wake();
    }

    /** Guard rows, except those of forced outcomes, which are not forgotten by themselves. */
    long guardRows() {
        return databases.stream()
                .flatMap(database -> database.undoRows(Database.Kind.GUARD).stream())
                .filter(row -> observer.truth()
                        .outcome(row.branch.xid())
                        .filter(Outcome::forced)
                        .isEmpty())
                .count();
    }

    List<Application> applicationsOf(Database database) {
        return applications.stream()
                .filter(application -> application.database == database)
                .toList();
    }

    /** The sum of all balances, which no transaction changes. */
    long total() {
        return databases.stream()
                .mapToLong(database -> 100L * database.accounts.size())
                .sum();
    }

    /** Whether something goes wrong that does so in so many of a hundred cases. */
    boolean happens(int percent) {
        return !healed && chance.percent(percent);
    }

    /** A step of an application, at which it may die or stand still. */
    void hazard(Application application, Runnable next) {
        hazard(application, plan.hazard, next);
    }

    /** @param oneIn how seldom it happens; 0 for never */
    void hazard(Application application, int oneIn, Runnable next) {
        if (!healed && oneIn > 0 && chance.oneIn(oneIn) && !without.contains("hazards")) {
            if (chance.oneIn(3)) {
                faults.crash(application);
            } else {
                faults.pause(application);
                scheduler.after(0, application.life(), next);
            }
        } else {
            next.run();
        }
    }
}
