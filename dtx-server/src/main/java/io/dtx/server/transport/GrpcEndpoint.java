package io.dtx.server.transport;

import io.dtx.protocol.WireProtocol;
import io.dtx.protocol.wire.ClientMessage;
import io.dtx.protocol.wire.CoordinatorGrpc;
import io.dtx.protocol.wire.ServerMessage;
import io.dtx.server.runtime.Coordinator;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The listening socket for applications. */
public final class GrpcEndpoint implements AutoCloseable {

    private static final long END_SECONDS = 2;

    private final Server server;

    private GrpcEndpoint(Server server) {
        this.server = server;
    }

    /**
     * Listens.
     *
     * @param address port 0 for any that is free
     * @param token what clients must send; null for none
     * @throws IOException if the address can not be bound
     */
    public static GrpcEndpoint open(InetSocketAddress address, @Nullable Token token, Coordinator coordinator)
            throws IOException {
        Server server = NettyServerBuilder.forAddress(address)
                .addService(service(coordinator, token))
                .maxInboundMessageSize(WireProtocol.MAX_MESSAGE_BYTES)
                // The service only parses and queues, so it needs no threads beside those of the network.
                .directExecutor()
                .permitKeepAliveTime(WireProtocol.KEEP_ALIVE.toMillis() / 2, TimeUnit.MILLISECONDS)
                .permitKeepAliveWithoutCalls(true)
                .keepAliveTime(WireProtocol.KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(WireProtocol.KEEP_ALIVE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .build()
                .start();
        return new GrpcEndpoint(server);
    }

    public int port() {
        return server.getPort();
    }

    /** Ends every stream and stops listening. */
    @Override
    public void close() {
        server.shutdown();
        try {
            if (!server.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                server.shutdownNow().awaitTermination(END_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private static ServerServiceDefinition service(Coordinator coordinator, @Nullable Token token) {
        ServerServiceDefinition service = new Service(coordinator).bindService();
        return token == null ? service : ServerInterceptors.intercept(service, new TokenCheck(token));
    }

    private static final class Service extends CoordinatorGrpc.CoordinatorImplBase {

        private final Coordinator coordinator;

        Service(Coordinator coordinator) {
            this.coordinator = coordinator;
        }

        @Override
        public StreamObserver<ClientMessage> connect(StreamObserver<ServerMessage> replies) {
            return new ClientStream(coordinator, (ServerCallStreamObserver<ServerMessage>) replies);
        }
    }
}
