package io.dtx.spring.propagation;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import io.dtx.context.TransactionHeaders;
import io.dtx.error.UsageException;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides for every outgoing call whether it carries the XID. Thread-safe. */
public final class OutgoingCalls {

    private static final Logger LOG = LoggerFactory.getLogger(OutgoingCalls.class);
    /** Host names may come from users: what is remembered of them is bounded. */
    private static final int MAX_NOTED = 256;

    private final HostRule hosts;
    private final Set<String> noted = ConcurrentHashMap.newKeySet();
    private final Set<String> withoutPart = ConcurrentHashMap.newKeySet();

    /** @param hosts those that may see an XID */
    public OutgoingCalls(HostRule hosts) {
        this.hosts = hosts;
    }

    /** As {@link #start(Participation, String, URI)}, in the global transaction of the current thread. */
    public @Nullable OutgoingCall start(String method, URI uri) {
        return start(CurrentTransaction.get(), method, uri);
    }

    /**
     * Starts a call. Null if it must not carry an XID: outside of a global transaction, or to a host that may not see it.
     *
     * @param participation null outside of a global transaction
     * @throws UsageException if this process has given the transaction up: an unanswered call must not be repeated in it,
     *     since the first one may still be at work (T1)
     */
    public @Nullable OutgoingCall start(@Nullable Participation participation, String method, URI uri) {
        if (participation == null) {
            return null;
        }
        String host = host(uri);
        if (host == null || !hosts.allows(host)) {
            note(host);
            return null;
        }
        String where = withoutQuery(uri);
        String veto = participation.vetoed();
        if (veto != null) {
            throw new UsageException(
                    participation.xid(),
                    "Not sent: " + method + " " + where + ". The global transaction " + participation.xid()
                            + " will be rolled back ("
                            + veto
                            + "), so nothing more is done in it. Let the error reach the method that began it, and"
                            + " try the whole operation again in a new one.");
        }
        return new OutgoingCall(participation, method, where, () -> hosts.excluding(host), () -> noteWithoutPart(host));
    }

    /** A service that was meant to take part, and lacks the starter, would never be noticed: nothing fails. */
    private void noteWithoutPart(String host) {
        if (withoutPart.size() < MAX_NOTED && withoutPart.add(host)) {
            LOG.warn(
                    "{} has answered a call inside a global transaction, and did not take part in it: what it does is not"
                            + " rolled back. If it is to take part, add dtx-spring-boot-starter to it, in this version or a newer"
                            + " one (or let what is in between pass the answer's header {}); if not, set dtx.propagation.hosts={}",
                    host,
                    TransactionHeaders.BRANCHES,
                    hosts.excluding(host));
        }
    }

    private void note(@Nullable String host) {
        if (host == null || noted.size() >= MAX_NOTED || !noted.add(host)) {
            return;
        }
        if (hosts.excludes(host)) {
            LOG.info(
                    "Calls to {} inside a global transaction do not carry its XID, since dtx.propagation.hosts excludes it:"
                            + " what they do there is not rolled back",
                    host);
            return;
        }
        LOG.warn(
                "Calls to {} inside a global transaction do not carry its XID: what they do there is not rolled back."
                        + " If the service takes part, set dtx.propagation.hosts={}"
                        + " and if it does not, dtx.propagation.hosts={}",
                host,
                hosts.including(host),
                hosts.excluding(host));
    }

    private static String withoutQuery(URI uri) {
        String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        String path = uri.getPath() == null ? "" : uri.getPath();
        return uri.getScheme() + "://" + host(uri) + port + path;
    }

    /** java.net.URI knows no host with an underscore, which names of containers often have. */
    private static @Nullable String host(URI uri) {
        String authority = uri.getRawAuthority();
        if (uri.getHost() != null || authority == null) {
            return uri.getHost();
        }
        return authority.substring(authority.lastIndexOf('@') + 1).replaceFirst(":\\d*$", "");
    }
}
