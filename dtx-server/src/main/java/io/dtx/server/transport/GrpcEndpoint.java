package io.dtx.server.transport;

import io.dtx.protocol.WireProtocol;
import io.dtx.protocol.wire.ClientMessage;
import io.dtx.protocol.wire.CoordinatorGrpc;
import io.dtx.protocol.wire.ServerMessage;
import io.dtx.server.runtime.Coordinator;
import io.dtx.server.runtime.Limits.Limit;
import io.dtx.server.tls.Refusals;
import io.dtx.server.tls.Tls;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The listening socket for applications. */
public final class GrpcEndpoint implements AutoCloseable {

    private static final long END_SECONDS = 2;
    /** An application opens its stream as soon as it has connected, and keeps it. */
    private static final long IDLE_SECONDS = 20;

    /** Of a call; the token is one of them. */
    private static final int MAX_HEADER_BYTES = 8 << 10;

    private final Server server;
    private final Connections connections;
    private final Unread unread;
    private final EventLoopGroup acceptor;
    private final EventLoopGroup workers;

    private GrpcEndpoint(
            Server server, Connections connections, Unread unread, EventLoopGroup acceptor, EventLoopGroup workers) {
        this.server = server;
        this.connections = connections;
        this.unread = unread;
        this.acceptor = acceptor;
        this.workers = workers;
    }

    /**
     * Listens.
     *
     * @param address port 0 for any that is free
     * @param token what clients must send; null for none
     * @param tls null for plain text
     * @param patience with whoever connects
     * @throws IOException if the address can not be bound
     */
    public static GrpcEndpoint open(
            InetSocketAddress address,
            @Nullable Token token,
            @Nullable Tls tls,
            Patience patience,
            Coordinator coordinator)
            throws IOException {
        Refusals refusals = new Refusals("a client", "dtx.coordinator.ssl.bundle");
        Connections connections = new Connections(coordinator.limits().connections(), coordinator.limitCounts());
        Unread unread = Unread.ofHeap();
        EventLoopGroup acceptor = group(1, "dtx-accept");
        EventLoopGroup workers = group(0, "dtx-network");
        NettyServerBuilder builder = NettyServerBuilder.forAddress(address)
                .channelFactory(() -> new Entrance(connections, refusals, patience))
                .bossEventLoopGroup(acceptor)
                .workerEventLoopGroup(workers)
                .addService(service(new Service(coordinator, connections, unread, refusals, patience, workers), token))
                .maxInboundMessageSize(Messages.MAX_READ)
                // The service only parses and queues, so it needs no threads beside those of the network.
                .directExecutor()
                .maxInboundMetadataSize(MAX_HEADER_BYTES)
                .maxConcurrentCallsPerConnection(1)
                .maxConnectionIdle(IDLE_SECONDS, TimeUnit.SECONDS)
                .addStreamTracerFactory(new MessageSizes(coordinator.limitCounts()))
                .permitKeepAliveTime(WireProtocol.KEEP_ALIVE.toMillis() / 2, TimeUnit.MILLISECONDS)
                .permitKeepAliveWithoutCalls(true)
                .keepAliveTime(WireProtocol.KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(WireProtocol.KEEP_ALIVE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        if (tls != null) {
            builder.sslContext(Encryption.of(tls));
        }
        Server server = builder.build();
        try {
            return new GrpcEndpoint(server.start(), connections, unread, acceptor, workers);
        } catch (IOException e) {
            shutDown(acceptor, workers);
            throw e;
        }
    }

    public int port() {
        return server.getPort();
    }

    /** How many connections are open. */
    public int connections() {
        return connections.open();
    }

    /** How many bytes of replies wait for clients to read them. */
    public long unreadBytes() {
        return unread.bytes();
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
        } finally {
            shutDown(acceptor, workers);
        }
    }

    /** @param threads 0 for as many as this machine has use for */
    private static EventLoopGroup group(int threads, String name) {
        return new MultiThreadIoEventLoopGroup(
                threads, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
    }

    private static void shutDown(EventLoopGroup... groups) {
        for (EventLoopGroup group : groups) {
            var unused = group.shutdownGracefully(0, END_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static ServerServiceDefinition service(Service service, @Nullable Token token) {
        ServerServiceDefinition known = ServerInterceptors.intercept(service.definition(), new Caller());
        return token == null ? known : ServerInterceptors.intercept(known, new TokenCheck(token, service.refusals));
    }

    private record Service(
            Coordinator coordinator,
            Connections connections,
            Unread unread,
            Refusals refusals,
            Patience patience,
            ScheduledExecutorService timers) {

        ServerServiceDefinition definition() {
            return ServerServiceDefinition.builder(CoordinatorGrpc.SERVICE_NAME)
                    .addMethod(Messages.method(), ServerCalls.asyncBidiStreamingCall(this::connect))
                    .build();
        }

        private StreamObserver<ClientMessage> connect(StreamObserver<ServerMessage> replies) {
            if (connections.tooMany()) {
                String why = connections.most() + " connections are open, as many as " + Limit.CONNECTIONS.setBy()
                        + " of the coordinator allows";
                refusals.say(Caller.address(), why);
                replies.onError(Status.RESOURCE_EXHAUSTED.withDescription(why).asRuntimeException());
                return new Ignored();
            }
            ClientStream stream = new ClientStream(
                    coordinator, refusals, unread, (ServerCallStreamObserver<ServerMessage>) replies, Caller.address());
            stream.awaitHello(patience.hello(), timers);
            return stream;
        }
    }

    /** What somebody who was sent away still says. */
    private static final class Ignored implements StreamObserver<ClientMessage> {
        @Override
        public void onNext(ClientMessage message) {}

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {}
    }
}
