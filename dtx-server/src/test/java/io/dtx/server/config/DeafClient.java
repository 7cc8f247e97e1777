package io.dtx.server.config;

import io.dtx.model.Xid;
import io.dtx.protocol.Request;
import io.dtx.protocol.RequestMapping;
import io.dtx.protocol.WireProtocol;
import io.dtx.protocol.wire.ClientMessage;
import io.dtx.protocol.wire.CoordinatorGrpc;
import io.dtx.protocol.wire.ServerMessage;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;

/** A client that asks and never takes an answer off its socket. */
final class DeafClient implements AutoCloseable {

    private final ManagedChannel channel;
    private final StreamObserver<ClientMessage> out;

    DeafClient(int port) {
        channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .build();
        out = CoordinatorGrpc.newStub(channel).connect(new ClientResponseObserver<ClientMessage, ServerMessage>() {
            @Override
            public void beforeStart(ClientCallStreamObserver<ClientMessage> call) {
                call.disableAutoRequestWithInitial(0);
            }

            @Override
            public void onNext(ServerMessage message) {}

            @Override
            public void onError(Throwable failure) {}

            @Override
            public void onCompleted() {}
        });
    }

    void hello() {
        send(1, new Request.Hello(WireProtocol.VERSION, "deaf", "deaf", Map.of()));
    }

    void ask(long number, List<Xid> xids) {
        send(number, new Request.AskUnknown(xids));
    }

    private void send(long number, Request request) {
        out.onNext(RequestMapping.toWire(request).setRequest(number).build());
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
