package io.dtx.server.runtime;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Which application processes carry out phase two for which resources; they take turns. */
final class Resources {

    /** Labels outlive those who told them, but whoever attaches ever new resources must not fill the memory. */
    static final int MOST_LABELS = 10_000;

    private final Map<String, List<Session>> attached = new HashMap<>();
    private final Map<String, String> labels = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MOST_LABELS;
        }
    };
    private int turn;

    void attach(String resource, String label, Session session) {
        labels.remove(resource); // so that it is young again
        labels.put(resource, label);
        List<Session> sessions = attached.computeIfAbsent(resource, any -> new ArrayList<>());
        if (!sessions.contains(session)) {
            sessions.add(session);
        }
    }

    void detach(String resource, Session session) {
        List<Session> sessions = attached.get(resource);
        if (sessions != null && sessions.remove(session) && sessions.isEmpty()) {
            attached.remove(resource);
        }
    }

    void left(Session session) {
        attached.values().forEach(sessions -> sessions.remove(session));
        attached.values().removeIf(List::isEmpty);
    }

    /** Which of those that serve it has the least to do, another than the one to avoid if there is one; null if none does. */
    @Nullable Session leastBusy(String resource, @Nullable Session avoid, ToIntFunction<Session> busy) {
        List<Session> sessions = attached.getOrDefault(resource, List.of());
        Session least = null;
        int start = turn++;
        for (int i = 0; i < sessions.size(); i++) {
            Session session = sessions.get(Math.floorMod(start + i, sessions.size()));
            if (session != avoid && (least == null || busy.applyAsInt(session) < busy.applyAsInt(least))) {
                least = session;
            }
        }
        return least != null || sessions.isEmpty() ? least : sessions.get(0);
    }

    boolean serves(String resource, Session session) {
        return attached.getOrDefault(resource, List.of()).contains(session);
    }

    int processes(String resource) {
        return attached.getOrDefault(resource, List.of()).size();
    }

    Set<String> served() {
        return attached.keySet();
    }

    /** Empty if nobody has told it. */
    String label(String resource) {
        return labels.getOrDefault(resource, "");
    }

    /** The next in turn; null if nobody is attached. */
    @Nullable Session next(String resource) {
        List<Session> sessions = attached.getOrDefault(resource, List.of());
        return sessions.isEmpty() ? null : sessions.get(Math.floorMod(turn++, sessions.size()));
    }

    /** For people: the label, once somebody has told it, and the id. */
    String describe(String resource) {
        String label = labels.get(resource);
        return label == null ? resource : label + " (" + resource + ")";
    }
}
