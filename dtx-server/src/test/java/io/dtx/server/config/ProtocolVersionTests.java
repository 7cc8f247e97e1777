package io.dtx.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.protocol.WireProtocol;
import io.dtx.protocol.wire.AskOutcome;
import io.dtx.protocol.wire.ClientMessage;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients of other versions of dtx are told; the client's side of it is in its own tests. */
class ProtocolVersionTests {

    /** No message of ours has a field of this number. */
    private static final int LATER_FIELD = 1_000;

    @TempDir
    Path directory;

    private CoordinatorServer server;
    private RawClient client;

    @BeforeEach
    void start() {
        server = LocalServer.in(directory.resolve("data")).start();
        client = new RawClient(server.port(), null);
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void aClientOfAnOlderProtocolIsRefusedWithBothVersionsAndTheRemedy() throws Exception {
        refused(WireProtocol.VERSION - 1);
    }

    @Test
    void aClientOfANewerProtocolIsRefusedWithBothVersionsAndTheRemedy() throws Exception {
        refused(WireProtocol.VERSION + 1);
    }

    private void refused(int version) throws Exception {
        client.send(1, new Request.Hello(version, "raw", "i1", Map.of()));

        Reply.Failure failure = (Reply.Failure) client.reply();
        assertThat(failure.kind()).isEqualTo(FailureKind.INVALID);
        assertThat(failure.message())
                .contains("version " + WireProtocol.VERSION, "not " + version, "the same version of dtx");
        assertThat(client.end().isOk()).isTrue();
    }

    @Test
    void fieldsThatALaterVersionHasAddedAreNoHindrance() throws Exception {
        Reply.Welcome welcome = (Reply.Welcome) client.hello(Map.of());
        Xid xid = Xid.mint(welcome.cluster(), welcome.now().toEpochMilli(), new byte[10]);
        client.send(ClientMessage.newBuilder()
                .setRequest(2)
                .setAskOutcome(AskOutcome.newBuilder().setXid(xid.toString()).setUnknownFields(later()))
                .setUnknownFields(later())
                .build());

        assertThat(client.reply()).isInstanceOf(Reply.NotKnown.class);
    }

    @Test
    void aRequestThatOnlyALaterVersionHasIsAnsweredAsUnknownAndTheOthersGoOn() throws Exception {
        Reply.Welcome welcome = (Reply.Welcome) client.hello(Map.of());
        client.send(ClientMessage.newBuilder()
                .setRequest(2)
                .setUnknownFields(later())
                .build());

        Reply.Failure failure = (Reply.Failure) client.reply();
        assertThat(failure.kind()).isEqualTo(FailureKind.INVALID);
        assertThat(failure.message()).contains("not known here");
        Xid xid = Xid.mint(welcome.cluster(), welcome.now().toEpochMilli(), new byte[10]);
        client.send(3, new Request.AskOutcome(xid));
        assertThat(client.reply()).isInstanceOf(Reply.NotKnown.class);
    }

    private static UnknownFieldSet later() {
        return UnknownFieldSet.newBuilder()
                .addField(
                        LATER_FIELD,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(ByteString.copyFromUtf8("later"))
                                .build())
                .build();
    }
}
