package io.dtx.client;

import io.dtx.model.Bounds;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How an application reaches the coordinator.
 *
 * @param application the application's name, for people
 * @param addresses {@code host:port}, one per coordinator node
 * @param token sent with every stream; null for none
 * @param lockWait the longest wait for a global lock; zero for none, at most ten minutes: the coordinator cuts longer ones
 * @param requestTimeout the longest wait for an answer, beyond the lock wait
 * @param commitTimeout the same for the answer to a commit, at which an outcome stays unknown. After its restart, or a change
 *     of leader, the coordinator waits 5 s for participants to come back before it decides, and a leader that hangs is noticed
 *     after up to 15 s: anything below 20 s makes outcomes unknown that would have been learned
 * @param tls asked for each new connection, so that renewed certificates are used from then on; where it throws, the attempt
 *     has failed, and is made again later. Null for plain text
 */
public record ClientSettings(
        String application,
        List<String> addresses,
        @Nullable String token,
        Duration lockWait,
        Duration requestTimeout,
        Duration commitTimeout,
        @Nullable Supplier<Tls> tls) {

    private static final Duration LONGEST = Duration.ofHours(1);

    /** @throws IllegalArgumentException if a value can not be used; the message names the property and what to write */
    public ClientSettings {
        addresses = addresses.stream()
                .map(text -> Address.parse(text).toString())
                .distinct()
                .toList();
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException(
                    "dtx.coordinator.addresses is empty: write at least one, for example localhost:8091");
        }
        if (token != null && !token.matches("[\\x21-\\x7e]+")) {
            throw new IllegalArgumentException(
                    "dtx.coordinator.token must be printable ASCII without spaces, or not set at all");
        }
        if (lockWait.isNegative() || lockWait.compareTo(Bounds.LONGEST_LOCK_WAIT) > 0) {
            throw new IllegalArgumentException("dtx.lock.wait must be from 0 to 10 min, not " + lockWait);
        }
        requireTimeout("request", requestTimeout);
        requireTimeout("commit", commitTimeout);
    }

    private static void requireTimeout(String name, Duration timeout) {
        if (timeout.toMillis() < 1 || timeout.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("the " + name + " timeout must be from 1 ms to 1 h, not " + timeout);
        }
    }

    /** Without encryption, and with the same timeout for all requests. */
    public ClientSettings(
            String application,
            List<String> addresses,
            @Nullable String token,
            Duration lockWait,
            Duration requestTimeout) {
        this(application, addresses, token, lockWait, requestTimeout, requestTimeout, null);
    }

    /** The same with encryption. */
    public ClientSettings withTls(Supplier<Tls> encryption) {
        return new ClientSettings(application, addresses, token, lockWait, requestTimeout, commitTimeout, encryption);
    }

    /** The same with another timeout for commits. */
    public ClientSettings withCommitTimeout(Duration timeout) {
        return new ClientSettings(application, addresses, token, lockWait, requestTimeout, timeout, tls);
    }

    /** With no token, a lock wait of one second, and a request timeout of 30 seconds. */
    public static ClientSettings of(String application, String... addresses) {
        return new ClientSettings(application, List.of(addresses), null, Duration.ofSeconds(1), Duration.ofSeconds(30));
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "ClientSettings[" + application + " -> " + addresses + (token == null ? "" : ", with token")
                + (tls == null ? "" : ", encrypted") + "]";
    }
}
