package io.dtx.server.config;

import io.dtx.protocol.wire.CoordinatorGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A stream whose messages are bytes, whatever they mean. */
final class ByteClient implements AutoCloseable {

    private static final MethodDescriptor<byte[], byte[]> METHOD = CoordinatorGrpc.getConnectMethod().toBuilder(
                    new Bytes(), new Bytes())
            .build();

    private final ManagedChannel channel;
    private final ClientCall<byte[], byte[]> call;
    private final List<byte[]> received = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Status> end = new CompletableFuture<>();

    ByteClient(int port) {
        channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .directExecutor()
                .build();
        call = channel.newCall(METHOD, CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(byte[] message) {
                        received.add(message);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        end.complete(status);
                    }
                },
                new Metadata());
        call.request(Integer.MAX_VALUE);
    }

    void send(byte[] message) {
        call.sendMessage(message);
    }

    void finish() {
        call.halfClose();
    }

    Status end() throws Exception {
        return end.get(60, TimeUnit.SECONDS);
    }

    List<byte[]> received() {
        return received;
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }

    private record Bytes() implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
