package io.dtx.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Xid;
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
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EmbeddedCoordinatorTests {

    @Test
    void aRelocatedCoreBeforeItIsNoticedAndTheRemedyNamed() {
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        EmbeddedCoordinator.requirePlainCore("io.dtx.shaded.com.google.protobuf.GeneratedMessage"))
                .withMessageContaining("put the dependency dtx-test before dtx-spring-boot-starter");
        EmbeddedCoordinator.requirePlainCore("com.google.protobuf.GeneratedMessage");
    }

    @Test
    void registersAndCommitsAndServesAgainAfterARestart() throws Exception {
        try (EmbeddedCoordinator coordinator = EmbeddedCoordinator.start()) {
            ManagedChannel channel = ManagedChannelBuilder.forTarget(coordinator.address())
                    .usePlaintext()
                    .build();
            BlockingQueue<Reply> replies = new LinkedBlockingQueue<>();
            StreamObserver<ClientMessage> out = CoordinatorGrpc.newStub(channel).connect(new StreamObserver<>() {
                @Override
                public void onNext(ServerMessage value) {
                    replies.add(ReplyMapping.fromWire(value));
                }

                @Override
                public void onError(Throwable t) {}

                @Override
                public void onCompleted() {}
            });
            out.onNext(RequestMapping.toWire(new Request.Hello(WireProtocol.VERSION, "app", "i1", Map.of()))
                    .setRequest(1)
                    .build());
            Reply.Welcome welcome = (Reply.Welcome) replies.poll(5, TimeUnit.SECONDS);
            Xid xid = Xid.mint(welcome.cluster(), welcome.now().toEpochMilli(), new byte[10]);
            LockKey key = LockKey.on("r1", "", "", "t", "").number("1").build();
            out.onNext(RequestMapping.toWire(new Request.RegisterBranch(
                            new BranchId(xid, 7),
                            "r1",
                            List.of(),
                            List.of(new Lock(key, LockMode.EXCLUSIVE)),
                            Duration.ZERO))
                    .setRequest(2)
                    .build());
            assertThat(replies.poll(5, TimeUnit.SECONDS)).isEqualTo(new Reply.Registered());
            out.onNext(RequestMapping.toWire(new Request.BranchCommitted(new BranchId(xid, 7)))
                    .build());
            out.onNext(
                    RequestMapping.toWire(new Request.Commit(xid)).setRequest(3).build());
            assertThat(replies.poll(5, TimeUnit.SECONDS)).isInstanceOf(Reply.Decided.class);
            channel.shutdownNow();
        }
    }
}
