package io.dtx.server.simulation;

/** What a seed decides before anything happens: sizes, delays, and how much goes wrong. */
final class Plan {

    private final Chance chance;

    final int nodes;
    final int databases;
    final int rows;
    final int transfers;
    final int globalLockWorks;
    final boolean badNetwork;
    final int loss;
    final int doubling;
    final int peerLoss;
    final int callsLost;
    final int callsDoubled;
    final int businessErrors;
    final int unknownCommits;
    final long slowest;
    final long retention;
    final long reattachWait;
    final long callTimeout;
    final long requestTimeout;
    final long lockWait;
    final long rowLockWait;
    final int entriesPerSnapshot;
    final int faults;
    /** One in so many steps of an application kills or pauses it; 0 for none. */
    final int hazard;

    final boolean careless;
    final boolean operator;
    /** Whether restores are often held up between their first look and their first write. */
    final boolean slowRestores;
    /** Whether pauses may be longer than a guard row lives. */
    final boolean longPauses;

    Plan(Chance chance) {
        this.chance = chance;
        nodes = chance.percent(60) ? 1 : 3;
        databases = chance.percent(80) ? 2 : 1;
        rows = 2 + chance.upTo(2);
        transfers = 3 + chance.upTo(5);
        globalLockWorks = chance.upTo(5);
        boolean calm = chance.oneIn(5);
        badNetwork = !calm && chance.oneIn(3);
        loss = chance.upTo(8);
        doubling = chance.upTo(25);
        peerLoss = calm ? 0 : chance.upTo(15);
        callsLost = calm ? 0 : chance.oneIn(3) ? chance.upTo(15) : chance.upTo(4);
        callsDoubled = calm || chance.oneIn(2) ? 0 : chance.upTo(15);
        businessErrors = chance.oneIn(3) ? chance.upTo(30) : chance.upTo(6);
        unknownCommits = calm ? 0 : chance.upTo(8);
        slowest = chance.oneIn(4) ? 400 : 20;
        long[] retentions = {1_000, 3_000, 60_000, 600_000};
        retention = retentions[chance.upTo(retentions.length)];
        reattachWait = chance.between(1_000, 5_000);
        requestTimeout = chance.between(1_000, 5_000);
        lockWait = chance.oneIn(4) ? 0 : chance.upTo(1_500);
        rowLockWait = chance.between(500, 4_500);
        entriesPerSnapshot = 3 + chance.upTo(20);
        faults = calm ? 0 : chance.upTo(7);
        hazard = calm ? 0 : chance.oneIn(2) ? 0 : 10 + chance.upTo(60);
        longPauses = !calm && chance.oneIn(12);
        careless = chance.oneIn(3);
        // Whoever gives up early and swallows it commits while the called process is still at work.
        callTimeout = careless && chance.oneIn(2) ? chance.between(5, 100) : chance.between(200, 3_200);
        operator = chance.oneIn(6);
        slowRestores = !calm && chance.oneIn(4);
    }

    long delay() {
        return chance.oneIn(6) ? chance.between(1, slowest) : chance.between(1, 5);
    }

    long peerDelay() {
        return delay();
    }

    long databaseDelay() {
        return chance.oneIn(6) ? chance.between(0, slowest) : chance.upTo(3);
    }

    long diskDelay() {
        return chance.oneIn(10) ? chance.between(1, slowest) : chance.upTo(3);
    }

    /** How long a broken connection goes unnoticed. */
    long noticeDelay() {
        return chance.oneIn(3) ? chance.between(1, 3_000) : chance.between(1, 20);
    }

    long sweepDelay() {
        return chance.between(500, 5_000);
    }

    long timeout() {
        return chance.oneIn(6) ? chance.between(20, 500) : chance.between(1_000, 8_000);
    }

    /** How long a process stands still: shorter or longer than everything that is waited for. */
    long pause() {
        if (longPauses && chance.percent(70)) {
            return chance.between(15, 31) * 60_000;
        }
        return chance.oneIn(3) ? chance.between(1_000, 70_000) : chance.between(10, 3_000);
    }
}
