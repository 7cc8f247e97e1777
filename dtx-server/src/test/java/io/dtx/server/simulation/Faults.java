package io.dtx.server.simulation;

/**
 * What goes wrong from outside, and how all of it is put right in the end.
 *
 * <p>Parts of it can be left out, to find out what a violation needs: {@code f1} and so on for one fault, {@code hazards} for
 * deaths and pauses at the steps of applications, {@code network} for messages that are lost, doubled or overtaken by
 * themselves, {@code operator} for an operator's orders.
 */
final class Faults {

    private final World world;

    Faults(World world) {
        this.world = world;
    }

    /** Draws the faults of this run. */
    void plan(long horizon) {
        for (int i = 1; i <= world.plan.faults; i++) {
            String name = "f" + i;
            world.scheduler.after(world.chance.between(1, horizon), Life.FOREVER, () -> {
                if (!world.healed && !world.without.contains(name)) {
                    one();
                }
            });
        }
    }

    private void one() {
        switch (world.chance.upTo(13)) {
            case 0, 1 -> crash(world.chance.of(world.nodes));
            case 2 -> world.group.campaign(world.chance.upTo(world.nodes.size()));
            case 3, 11 -> depose();
            case 4 -> pause(world.chance.of(world.nodes));
            case 5 -> isolate(world.chance.upTo(world.nodes.size()));
            case 6 -> crash(world.chance.of(world.applications));
            case 7 -> pause(world.chance.of(world.applications));
            case 8 -> cut();
            case 9 -> world.chance.of(world.databases).restart();
            case 10 -> setClock();
            default -> cut();
        }
    }

    void crash(CoordinatorNode node) {
        if (node.up()) {
            node.crash();
            world.scheduler.after(world.chance.between(10, 4_000), Life.FOREVER, () -> {
                start(node);
            });
        }
    }

    private void pause(CoordinatorNode node) {
        long millis = world.chance.between(100, 5_000);
        world.trace.line(node.name, "stands still for ", millis, " ms");
        world.scheduler.pause(node.life(), millis);
        world.group.electLater();
    }

    private void isolate(int node) {
        if (world.nodes.size() > 1) {
            world.trace.line(world.nodeName(node), "is cut off from the other nodes");
            world.group.isolate(node);
            world.group.electLater();
            world.scheduler.after(world.chance.between(500, 8_000), Life.FOREVER, () -> {
                world.group.rejoin(node);
                world.group.electLater();
            });
        }
    }

    /** The leader is cut off from the others, and goes on as if it led, with some of the applications. */
    private void depose() {
        for (CoordinatorNode node : world.nodes) {
            if (node.log.leads && world.nodes.size() > 1) {
                isolate(node.id);
                world.group.campaign((node.id + 1) % world.nodes.size());
                node.connections().stream()
                        .filter(connection -> world.chance.oneIn(2))
                        .toList()
                        .forEach(Connection::cut);
                for (int i = 0; i < 6; i++) {
                    world.scheduler.after(world.chance.between(50, 4_000), Life.FOREVER, world.globalLockWork);
                }
                return;
            }
        }
    }

    void crash(Application application) {
        if (application.up()) {
            application.crash();
            world.scheduler.after(world.chance.between(10, 4_000), Life.FOREVER, () -> {
                start(application);
            });
        }
    }

    void pause(Application application) {
        long millis = world.plan.pause();
        world.trace.line(application.instance(), "stands still for ", millis, " ms");
        if (world.chance.oneIn(3)) {
            application.sleep(millis);
        } else {
            world.scheduler.pause(application.life(), millis);
        }
    }

    private static void start(CoordinatorNode node) {
        if (!node.up()) {
            node.start();
        }
    }

    private static void start(Application application) {
        if (!application.up()) {
            application.start();
        }
    }

    private void cut() {
        Application application = world.chance.of(world.applications);
        Connection connection = application.client().connection();
        if (connection != null) {
            world.trace.line("net", "cuts the stream of ", application.instance());
            connection.cut();
        }
    }

    private void setClock() {
        long offset = world.chance.between(-3_600_000, 3_600_000);
        switch (world.chance.upTo(3)) {
            case 0 -> {
                CoordinatorNode node = world.chance.of(world.nodes);
                world.trace.line(node.name, "has its clock set by ", offset, " ms");
                node.clockOffset = offset;
            }
            case 1 -> {
                Application application = world.chance.of(world.applications);
                world.trace.line(application.instance(), "has its clock set by ", offset, " ms");
                application.setClock(offset);
            }
            default -> {
                // A database's clock is trusted within less than X: guard rows stay for 2X by it.
                Database database = world.chance.of(world.databases);
                world.trace.line(database.name, "has its clock set by ", offset / 20, " ms");
                database.setClock(offset / 20);
            }
        }
    }

    /** Nothing goes wrong any more, and whatever is down or stands still comes back. */
    void heal() {
        world.healed = true;
        world.trace.line("all", "is well again");
        world.applications.forEach(application -> {
            start(application);
            world.scheduler.resume(application.life());
        });
        for (CoordinatorNode node : world.nodes) {
            world.scheduler.resume(node.life());
            start(node);
            world.group.rejoin(node.id);
        }
        world.group.electLater();
        for (Application application : world.applications) {
            Connection connection = application.client().connection();
            if (connection != null && world.plan.badNetwork) {
                connection.cut(); // what was lost on it is told again on the next
            }
        }
    }
}
