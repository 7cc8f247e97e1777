package io.dtx.server.transport;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** Lets the service know from where it is called. */
final class Caller implements ServerInterceptor {

    private static final Context.Key<SocketAddress> ADDRESS = Context.key("caller");

    /** Of the call that this thread begins; null if it is not known. */
    static @Nullable SocketAddress address() {
        return ADDRESS.get();
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        @Nullable SocketAddress from = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        return from == null
                ? next.startCall(call, headers)
                : Contexts.interceptCall(Context.current().withValue(ADDRESS, from), call, headers, next);
    }
}
