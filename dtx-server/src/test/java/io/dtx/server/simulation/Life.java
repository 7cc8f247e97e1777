package io.dtx.server.simulation;

import java.util.ArrayList;
import java.util.List;

/** From the start of a process to its death: what is due for a dead one never happens, for a paused one later. */
final class Life {

    /** Of what never dies: the network, the disks. */
    static final Life FOREVER = new Life();

    private boolean over;
    private long pausedUntil;
    private List<Runnable> deferred = new ArrayList<>();

    boolean over() {
        return over;
    }

    void end() {
        over = true;
    }

    long pausedUntil() {
        return pausedUntil;
    }

    void pauseUntil(long at) {
        pausedUntil = Math.max(pausedUntil, at);
    }

    void resume() {
        pausedUntil = 0;
    }

    void defer(Runnable action) {
        deferred.add(action);
    }

    List<Runnable> takeDeferred() {
        List<Runnable> taken = deferred;
        deferred = new ArrayList<>();
        return taken;
    }
}
