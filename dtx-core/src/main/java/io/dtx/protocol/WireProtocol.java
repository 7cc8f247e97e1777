package io.dtx.protocol;

import io.grpc.Metadata;
import java.time.Duration;

/** What both ends of a stream must agree on, besides the messages. */
public final class WireProtocol {

    public static final int VERSION = 2;

    /**
     * The largest message either end accepts, in bytes. A sender checks before it sends: a message over the limit breaks the
     * stream, and everything else in flight with it.
     */
    public static final int MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

    /** How often a client pings a silent stream; the server must permit it. */
    public static final Duration KEEP_ALIVE = Duration.ofSeconds(10);
    /** How long a ping may stay unanswered before the stream counts as broken. */
    public static final Duration KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(5);

    /** Carries {@link #bearer}. */
    public static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private WireProtocol() {}

    /** The value of {@link #AUTHORIZATION} for a token. */
    public static String bearer(String token) {
        return "Bearer " + token;
    }
}
