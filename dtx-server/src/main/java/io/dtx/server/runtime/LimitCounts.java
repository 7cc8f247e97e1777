package io.dtx.server.runtime;

import io.dtx.server.runtime.Limits.Limit;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** How often each limit turned something away since the start of the process. Thread-safe. */
public final class LimitCounts {

    private final Map<Limit, LongAdder> refused = new EnumMap<>(Limit.class);

    public LimitCounts() {
        for (Limit limit : Limit.values()) {
            refused.put(limit, new LongAdder());
        }
    }

    public void add(Limit limit) {
        of(limit).increment();
    }

    public long refused(Limit limit) {
        return of(limit).sum();
    }

    private LongAdder of(Limit limit) {
        LongAdder count = refused.get(limit);
        if (count == null) {
            throw new IllegalStateException("made with all of them");
        }
        return count;
    }
}
