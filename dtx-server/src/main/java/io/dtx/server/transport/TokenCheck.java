package io.dtx.server.transport;

import io.dtx.protocol.WireProtocol;
import io.dtx.server.tls.Refusals;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;

/** Lets only those streams in that carry the token. */
final class TokenCheck implements ServerInterceptor {

    private final Token token;
    private final Refusals refusals;

    TokenCheck(Token token, Refusals refusals) {
        this.token = token;
        this.refusals = refusals;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String authorization = headers.get(WireProtocol.AUTHORIZATION);
        if (token.isIn(authorization)) {
            return next.startCall(call, headers);
        }
        String what = authorization == null ? "no token" : "a wrong token";
        refusals.say(
                call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR),
                "it sent " + what + "; its dtx.coordinator.token must be this coordinator's dtx.server.token");
        call.close(
                Status.UNAUTHENTICATED.withDescription("the coordinator was given " + what
                        + ": set dtx.coordinator.token to the coordinator's dtx.server.token"),
                new Metadata());
        return new ServerCall.Listener<>() {};
    }
}
