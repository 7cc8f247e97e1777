package io.dtx.server.transport;

import io.dtx.protocol.WireProtocol;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets only those streams in that carry the token. */
final class TokenCheck implements ServerInterceptor {

    private static final Logger log = LoggerFactory.getLogger(TokenCheck.class);
    /** A client that is set up wrongly tries again for ever: that is worth one line a while, not thousands. */
    private static final long SAY_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Token token;
    private final AtomicLong saidAt = new AtomicLong(System.nanoTime() - SAY_AGAIN_NANOS);

    TokenCheck(Token token) {
        this.token = token;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String authorization = headers.get(WireProtocol.AUTHORIZATION);
        if (token.isIn(authorization)) {
            return next.startCall(call, headers);
        }
        String what = authorization == null ? "no token" : "a wrong token";
        say(what, call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
        call.close(
                Status.UNAUTHENTICATED.withDescription("the coordinator was given " + what
                        + ": set dtx.coordinator.token to the coordinator's dtx.server.token"),
                new Metadata());
        return new ServerCall.Listener<>() {};
    }

    private void say(String what, SocketAddress from) {
        long last = saidAt.get();
        long now = System.nanoTime();
        if (now - last >= SAY_AGAIN_NANOS && saidAt.compareAndSet(last, now)) {
            String host = from instanceof InetSocketAddress address ? address.getHostString() : String.valueOf(from);
            log.warn(
                    "Refused a client at {}: it sent {}; its dtx.coordinator.token must be this coordinator's"
                            + " dtx.server.token",
                    host,
                    what);
        }
    }
}
