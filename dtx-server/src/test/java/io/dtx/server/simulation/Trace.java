package io.dtx.server.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What happened, one line a step, for people; and a number that tells two runs apart. */
final class Trace {

    private final Scheduler scheduler;
    private final boolean kept;
    private final List<String> lines = new ArrayList<>();

    Trace(Scheduler scheduler, boolean kept) {
        this.scheduler = scheduler;
        this.kept = kept;
    }

    /** @param what texts, and things whose text is made only if the trace is kept */
    void line(String where, Object... what) {
        if (kept) {
            StringBuilder line = new StringBuilder();
            line.append(String.format("%9d ms  %-5s ", scheduler.now(), where));
            for (Object part : what) {
                line.append(part);
            }
            lines.add(line.toString());
        }
    }

    /** @param names what to write instead of these texts */
    String text(Map<String, String> names) {
        String text = String.join("\n", lines);
        for (Map.Entry<String, String> name : names.entrySet()) {
            text = text.replace(name.getKey(), name.getValue());
        }
        return text;
    }
}
