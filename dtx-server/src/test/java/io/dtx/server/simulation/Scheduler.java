package io.dtx.server.simulation;

import java.util.Comparator;
import java.util.PriorityQueue;

/** Virtual time: the next thing happens when all before it has happened, and nothing else makes time pass. */
final class Scheduler {

    private record Event(long at, long sequence, Life life, Runnable action) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::sequence));
    private long now;
    private long sequence;
    private long steps;

    /** Milliseconds since the beginning. */
    long now() {
        return now;
    }

    long steps() {
        return steps;
    }

    /** @param life of the process that this happens in */
    void after(long delay, Life life, Runnable action) {
        events.add(new Event(now + Math.max(0, delay), sequence++, life, action));
    }

    /** A process stands still: what is due in it happens later, in the same order. */
    void pause(Life life, long millis) {
        life.pauseUntil(now + millis);
        after(millis, Life.FOREVER, () -> {
            if (life.pausedUntil() <= now) {
                resume(life);
            }
        });
    }

    void resume(Life life) {
        life.resume();
        life.takeDeferred().forEach(action -> after(0, life, action));
    }

    /** @return false if nothing is left to happen */
    boolean step() {
        Event event = events.poll();
        if (event == null) {
            return false;
        }
        now = event.at;
        if (event.life.over()) {
            return true;
        }
        if (event.life.pausedUntil() > now) {
            event.life.defer(event.action);
            return true;
        }
        steps++;
        event.action.run();
        return true;
    }
}
