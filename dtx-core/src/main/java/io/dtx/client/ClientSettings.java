package io.dtx.client;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How an application reaches the coordinator.
 *
 * @param application the application's name, for people
 * @param addresses {@code host:port}, one per coordinator node
 * @param token sent with every stream; null for none
 * @param lockWait the longest wait for a global lock
 * @param requestTimeout the longest wait for an answer, beyond the lock wait
 */
public record ClientSettings(
        String application,
        List<String> addresses,
        @Nullable String token,
        Duration lockWait,
        Duration requestTimeout) {

    public ClientSettings {
        addresses = List.copyOf(addresses);
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException("no coordinator address");
        }
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "ClientSettings[" + application + " -> " + addresses + (token == null ? "" : ", with token") + "]";
    }
}
