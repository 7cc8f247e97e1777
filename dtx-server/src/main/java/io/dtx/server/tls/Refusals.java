package io.dtx.server.tls;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says whom a port has turned away, and why: one line for each host and reason, and again after a while. Whoever is set up
 * wrongly tries again for ever, and whoever means harm would fill the disk. Thread-safe.
 */
public final class Refusals {

    private static final Logger log = LoggerFactory.getLogger(Refusals.class);
    private static final long SAY_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final int MOST_REMEMBERED = 1_000;

    private final String who;
    private final String theirs;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Long> saidAt = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MOST_REMEMBERED;
        }
    };

    /**
     * @param who connects here, as in "a client"
     * @param theirs the property by which they speak TLS
     */
    public Refusals(String who, String theirs) {
        this(who, theirs, System::nanoTime);
    }

    Refusals(String who, String theirs, LongSupplier nanos) {
        this.who = who;
        this.theirs = theirs;
        this.nanos = nanos;
    }

    /** Nothing is said of what goes on as it should. */
    public void began(@Nullable SocketAddress from, FirstBytes with) {
        switch (with) {
            case PLAIN_TEXT -> say(from, "it does not speak TLS, and this port does: set " + theirs + " there");
            case ENCRYPTED ->
                say(
                        from,
                        "it speaks TLS, and this port does not: set dtx.server.ssl.bundle here, or take " + theirs
                                + " away there");
            case FOREIGN -> say(from, "it speaks another protocol than this port, HTTP/1 perhaps");
            case HTTP_2, HANDSHAKE -> {}
        }
    }

    /** It has connected, and neither TLS nor HTTP/2 has come about within this time. */
    public void silent(@Nullable SocketAddress from, Duration patience) {
        say(from, "it connected, and said nothing, or not enough, for " + patience.toMillis() / 1_000.0 + " s");
    }

    /** A handshake that failed at a port with TLS. */
    public void handshakeFailed(@Nullable SocketAddress from, Throwable cause) {
        say(from, reason(cause));
    }

    private String reason(Throwable cause) {
        String message = rootMessage(cause);
        if (message.contains("not an SSL/TLS record")) {
            return "it speaks neither TLS nor anything else that this port knows";
        }
        if (message.contains("Empty client certificate chain")) {
            return "it shows no certificate, and has to: give the bundle of " + theirs
                    + " a key and a certificate that is" + " trusted here";
        }
        if (message.contains("fatal alert: certificate_unknown")
                || message.contains("fatal alert: unknown_ca")
                || message.contains("fatal alert: bad_certificate")
                || message.contains("fatal alert: certificate_expired")) {
            return "it does not take this coordinator's certificate, which it does not trust or which does not name the"
                    + " host that it connects to (" + message + ")";
        }
        if (message.contains("PKIX") || message.contains("certif")) {
            return "its certificate is not trusted here (" + message + ")";
        }
        return cause instanceof SSLException
                ? "the TLS handshake failed (" + message + ")"
                : "it ended the connection in the TLS handshake: it may not take this coordinator's certificate";
    }

    /** @param what a sentence about them that holds no secret */
    public void say(@Nullable SocketAddress from, String what) {
        String where = from instanceof InetSocketAddress address ? " at " + address.getHostString() : "";
        if (isNews(where + " " + what)) {
            log.warn("Refused {}{}: {}", who, where, what);
        }
    }

    /**
     * A stream that was served was ended.
     *
     * @param kind the same for all reasons that are alike
     * @param whose it was, as they say themselves
     * @param why in their own words in part
     */
    public void ended(String kind, String whose, String why) {
        if (isNews("ended " + kind)) {
            log.warn("Ended the stream of {}: {}", whose, why);
        }
    }

    private boolean isNews(String line) {
        long now = nanos.getAsLong();
        lock.lock();
        try {
            Long last = saidAt.get(line);
            if (last != null && now - last < SAY_AGAIN_NANOS) {
                return false;
            }
            saidAt.remove(line); // so that it is young again
            saidAt.put(line, now);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = root.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }
}
