package io.dtx.client;

import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Reply.Failure;
import io.dtx.protocol.Request;
import io.dtx.protocol.WireProtocol;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one stream open to whichever coordinator node serves: goes round the addresses, follows the leader, backs off.
 *
 * <p>Everything but the stream's events runs on the client's one timer thread, and so do all fields below: no lock. An outage
 * is logged once, and its end once; what changes about it in between (unreachable, then a wrong token) once each.
 */
final class Link implements Stream.Events {

    private static final Logger log = LoggerFactory.getLogger(Link.class);
    private static final Duration HANDSHAKE = Duration.ofSeconds(5);
    /** A connection that lived shorter counts as a failed attempt, or a poisonous one would be opened in a tight loop. */
    private static final Duration STABLE = Duration.ofSeconds(1);
    /** Several nodes need some seconds to find a new leader: for as long, whoever wants to begin waits rather than fails. */
    private static final Duration CHANGE_OF_LEADER = Duration.ofSeconds(5);

    private final ClientSettings settings;
    private final String instance;
    private final ScheduledExecutorService timer;
    private final Exchange exchange;
    private final List<Address> addresses;
    private final Backoff backoff = new Backoff(ThreadLocalRandom.current());
    private int nextAddress;
    private int failedInRound;
    private int redirectedInRound;
    private @Nullable Trouble tellingTrouble;
    private Trouble.@Nullable Kind logged;
    /** The newest, until it has ended. */
    private @Nullable Stream opening;

    private @Nullable Stream up;
    private long upSince;
    private long searchingSince;
    private @Nullable Future<?> handshake;

    Link(ClientSettings settings, String instance, ScheduledExecutorService timer, Exchange exchange) {
        this.settings = settings;
        this.instance = instance;
        this.timer = timer;
        this.exchange = exchange;
        this.addresses = settings.addresses().stream().map(Address::parse).toList();
    }

    void start() {
        onTimer(() -> {
            searchingSince = System.nanoTime();
            attempt(addresses.get(0));
        });
    }

    private void attempt(Address address) {
        Stream stream;
        try {
            Supplier<Tls> tls = settings.tls();
            stream = new Stream(address, tls == null ? null : tls.get(), this);
        } catch (RuntimeException | Error broken) {
            // The timer would swallow it, and no further attempt be made. What is wrong may be right at the next:
            // an SSL bundle's files while they are renewed, memory that is short.
            log.debug("No stream to {} could be made", address, broken);
            onTimer(() -> retry(null, new Trouble(Trouble.Kind.NOT_TRIED, address, broken.toString(), "")));
            return;
        }
        opening = stream;
        if (!exchange.connecting(stream)) {
            stream.finish(0);
            return;
        }
        handshake = timer.schedule(
                () -> stream.breakOff(new Trouble(
                        Trouble.Kind.UNREACHABLE, address, "no answer within " + HANDSHAKE.toSeconds() + " s", "")),
                HANDSHAKE.toMillis(),
                TimeUnit.MILLISECONDS);
        try {
            stream.open(
                    new Request.Hello(WireProtocol.VERSION, settings.application(), instance, exchange.seen()),
                    settings.token());
        } catch (RuntimeException broken) {
            log.debug("Opening a stream to {} failed", address, broken);
            stream.breakOff(new Trouble(Trouble.Kind.UNREACHABLE, address, broken.toString(), ""));
        }
    }

    @Override
    public void welcomed(Stream stream, Reply.Welcome welcome, long logIndex, long roundTripNanos) {
        if (welcome.protocolVersion() != WireProtocol.VERSION) {
            String versions =
                    "it speaks version " + welcome.protocolVersion() + ", this application " + WireProtocol.VERSION;
            stream.breakOff(new Trouble(Trouble.Kind.INCOMPATIBLE, stream.address(), versions, ""));
        } else if (exchange.opened(stream, welcome, logIndex, roundTripNanos)) {
            onTimer(() -> connected(stream, welcome.cluster()));
        }
    }

    @Override
    public void answered(Stream stream, Pending asked, Reply reply, long logIndex) {
        if (reply instanceof Failure failure && failure.kind() == FailureKind.NOT_LEADER) {
            // The request stays unanswered, and goes to the leader with all others.
            stream.breakOff(Trouble.of(stream.address(), failure));
        } else {
            exchange.answered(stream, asked, reply, logIndex);
        }
    }

    @Override
    public void ordered(Stream stream, Reply order) {
        exchange.ordered(order);
    }

    @Override
    public void ended(Stream stream, Trouble why) {
        exchange.lost(stream);
        onTimer(() -> retry(stream, why));
    }

    private void connected(Stream stream, String cluster) {
        if (opening != stream) {
            return; // it ended before this was told, and the handshake that is awaited now is another's
        }
        stopHandshakeTimer();
        up = stream;
        upSince = System.nanoTime();
        failedInRound = 0;
        tellingTrouble = null;
        logged = null;
        log.info("Connected to the coordinator at {}, cluster {}", stream.address(), cluster);
    }

    /** @param ended null where not even a stream could be made */
    private void retry(@Nullable Stream ended, Trouble why) {
        stopHandshakeTimer();
        opening = null;
        boolean served = ended != null && up == ended;
        boolean stable = served && System.nanoTime() - upSince >= STABLE.toNanos();
        up = null;
        if (served) {
            log.warn("Lost the coordinator at {} ({}); connecting again", why.address(), why.detail());
            logged = Trouble.Kind.UNREACHABLE;
            searchingSince = System.nanoTime();
            // Not that one again first: it may hang, and hold up the search until the handshake is given up.
            nextAddress = (Math.max(0, addresses.indexOf(why.address())) + 1) % addresses.size();
        } else {
            failedInRound++;
            nextAddress = (nextAddress + 1) % addresses.size();
        }
        if (stable) {
            backoff.reset();
            // Not before: two nodes that each name the other would be asked in turn, without a pause.
            redirectedInRound = 0;
        }
        if (tellingTrouble == null || why.kind() != Trouble.Kind.UNREACHABLE) {
            tellingTrouble = why;
        }
        Address leader = leader(why);
        if (leader != null && redirectedInRound++ < addresses.size()) {
            attempt(leader);
        } else if (stable || (!served && failedInRound < addresses.size())) {
            attempt(addresses.get(nextAddress));
        } else {
            roundFailed(addresses.size() > 1 ? tellingTrouble.afterTrying(addresses) : tellingTrouble);
        }
    }

    private void roundFailed(Trouble trouble) {
        failedInRound = 0;
        redirectedInRound = 0;
        tellingTrouble = null;
        boolean changing = addresses.size() > 1
                && trouble.kind().passes()
                && System.nanoTime() - searchingSince < CHANGE_OF_LEADER.toNanos();
        if (!changing) {
            exchange.down(trouble);
        }
        if (!changing && logged != trouble.kind()) {
            logged = trouble.kind();
            log.warn("{}. Connecting goes on in the background; global transactions fail until then.", trouble.text());
        }
        var unused = timer.schedule(
                () -> attempt(addresses.get(nextAddress)), backoff.next().toMillis(), TimeUnit.MILLISECONDS);
    }

    private static @Nullable Address leader(Trouble why) {
        if (why.leader().isBlank()) {
            return null;
        }
        try {
            return Address.parse(why.leader());
        } catch (IllegalArgumentException e) {
            log.debug("The coordinator names a leader that is no address", e);
            return null;
        }
    }

    private void stopHandshakeTimer() {
        Future<?> running = handshake;
        handshake = null;
        if (running != null) {
            running.cancel(false);
        }
    }

    private void onTimer(Runnable step) {
        try {
            timer.execute(step);
        } catch (RejectedExecutionException closed) {
            log.debug("The client is closed", closed);
        }
    }
}
