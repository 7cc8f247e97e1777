package io.dtx.server.config;

import io.dtx.protocol.Reply;
import io.dtx.protocol.ReplyMapping;
import io.dtx.protocol.Request;
import io.dtx.protocol.RequestMapping;
import io.dtx.protocol.WireProtocol;
import io.dtx.protocol.wire.ClientMessage;
import io.dtx.protocol.wire.CoordinatorGrpc;
import io.dtx.protocol.wire.ServerMessage;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A stream without the client's care: says whatever a test wants. */
final class RawClient implements AutoCloseable {

    final CompletableFuture<Status> end = new CompletableFuture<>();
    private final BlockingQueue<ServerMessage> received = new LinkedBlockingQueue<>();
    private final ManagedChannel channel;
    private final StreamObserver<ClientMessage> out;

    RawClient(int port, @Nullable String token) {
        channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .build();
        Metadata headers = new Metadata();
        if (token != null) {
            headers.put(WireProtocol.AUTHORIZATION, WireProtocol.bearer(token));
        }
        out = CoordinatorGrpc.newStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .connect(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerMessage message) {
                        received.add(message);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        end.complete(Status.fromThrowable(failure));
                    }

                    @Override
                    public void onCompleted() {
                        end.complete(Status.OK);
                    }
                });
    }

    /** Says Hello and gives the answer. */
    Reply hello(Map<String, Long> seen) throws InterruptedException {
        send(1, new Request.Hello(WireProtocol.VERSION, "raw", "instance-" + System.nanoTime(), seen));
        return reply();
    }

    void send(long number, Request request) {
        send(RequestMapping.toWire(request).setRequest(number).build());
    }

    void send(ClientMessage message) {
        out.onNext(message);
    }

    Reply reply() throws InterruptedException {
        return ReplyMapping.fromWire(message());
    }

    ServerMessage message() throws InterruptedException {
        ServerMessage message = received.poll(10, TimeUnit.SECONDS);
        if (message == null) {
            throw new AssertionError("no message within 10 s; the stream's end: " + end.getNow(null));
        }
        return message;
    }

    Status end() throws Exception {
        return end.get(10, TimeUnit.SECONDS);
    }

    /** As a process that is killed. */
    void vanish() {
        channel.shutdownNow();
    }

    @Override
    public void close() {
        vanish();
    }
}
