package io.dtx.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dtx.model.BranchId;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.wire.Branch;
import io.dtx.protocol.wire.Decided;
import io.dtx.protocol.wire.Failure;
import io.dtx.protocol.wire.ReleaseUndo;
import io.dtx.protocol.wire.RestoreOrder;
import io.dtx.protocol.wire.ServerMessage;
import io.dtx.protocol.wire.Unknown;
import io.dtx.protocol.wire.Welcome;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReplyMappingTests {

    private static final Xid XID = Xid.mint("Cluster1", 1_700_000_000_000L, new byte[10]);
    private static final Xid OTHER = Xid.mint("Cluster1", 1_700_000_000_001L, new byte[10]);
    private static final BranchId BRANCH = new BranchId(XID, 1);
    private static final Outcome VETOED = new Outcome(
            XID,
            TransactionStatus.ROLLING_BACK,
            new Rollback(RollbackReason.VETO, "bank2", "java.lang.IllegalStateException: no"),
            false);

    static Stream<Reply> everyReply() {
        return Stream.concat(
                Stream.of(
                        new Reply.Welcome(1, "Cluster1", Instant.ofEpochMilli(1_700_000_000_123L)),
                        new Reply.Registered(),
                        new Reply.Decided(VETOED),
                        new Reply.Decided(new Outcome(XID, TransactionStatus.COMMITTED, null, false)),
                        new Reply.Decided(new Outcome(XID, TransactionStatus.ACTIVE, null, false)),
                        new Reply.Decided(new Outcome(
                                XID,
                                TransactionStatus.ROLLED_BACK,
                                new Rollback(RollbackReason.OPERATOR, "ops", ""),
                                true)),
                        new Reply.NotKnown(XID),
                        new Reply.LocksFree(),
                        new Reply.Unknown(List.of(XID), List.of(OTHER), List.of()),
                        new Reply.Unknown(List.of(), List.of(), List.of(XID, OTHER)),
                        new Reply.Attached(),
                        new Reply.Failure(FailureKind.NOT_LEADER, "ask another", "localhost:8092", null, null),
                        new Reply.Failure(FailureKind.TRANSACTION_DECIDED, "decided", "", VETOED, null),
                        new Reply.Failure(FailureKind.LOCK_TIMEOUT, "t(1) is held", "", null, OTHER),
                        new Reply.RestoreOrder(BRANCH, "r1", 2, false),
                        new Reply.RestoreOrder(BRANCH, "r1", 0, true),
                        new Reply.ReleaseUndo("r1", List.of(BRANCH, new BranchId(OTHER, 5)))),
                EnumSet.allOf(FailureKind.class).stream().map(kind -> new Reply.Failure(kind, "why")));
    }

    @ParameterizedTest
    @MethodSource("everyReply")
    void aReplyComesOutAsItWentIn(Reply reply) throws Exception {
        byte[] bytes = ReplyMapping.toWire(reply).build().toByteArray();
        assertThat(ReplyMapping.fromWire(ServerMessage.parseFrom(bytes))).isEqualTo(reply);
    }

    @Test
    void everyKindOfReplyIsTried() {
        assertThat(everyReply().map(Object::getClass).distinct()).hasSize(Reply.class.getPermittedSubclasses().length);
    }

    @Test
    void anUnsetBodyIsRefused() {
        refused(ServerMessage.newBuilder(), "without a body");
    }

    @Test
    void aWelcomeNeedsAClusterId() {
        refused(ServerMessage.newBuilder().setWelcome(Welcome.newBuilder().setProtocolVersion(1)), "cluster id");
        refused(
                ServerMessage.newBuilder()
                        .setWelcome(Welcome.newBuilder().setCluster("Cluster1").setEpochMillis(-1)),
                "epoch_millis is out of range");
    }

    @Test
    void aCoordinatorThatDoesNotSayWhatIsRolledBackNamesNone() {
        ServerMessage older = ServerMessage.newBuilder()
                .setUnknown(Unknown.newBuilder().addXids(XID.toString()).addCommitted(OTHER.toString()))
                .build();
        assertThat(ReplyMapping.fromWire(older)).isEqualTo(new Reply.Unknown(List.of(XID), List.of(OTHER), List.of()));
    }

    @Test
    void anUnknownStatusIsNeverTakenForADecision() {
        Decided.Builder decided = Decided.newBuilder().setXid(XID.toString());
        refused(ServerMessage.newBuilder().setDecided(decided.setStatus(5)), "unknown transaction status 5");
        refused(ServerMessage.newBuilder().setDecided(decided.setStatus(-1)), "unknown transaction status -1");
    }

    @Test
    void aCommitThatCarriesAReasonToRollBackIsRefused() {
        refused(
                ServerMessage.newBuilder()
                        .setDecided(Decided.newBuilder()
                                .setXid(XID.toString())
                                .setStatus(TransactionStatus.COMMITTED.code())
                                .setReason(RollbackReason.VETO.code())),
                "COMMITTED has no reason");
    }

    @Test
    void aFailureNeedsAKindThatIsKnown() {
        refused(ServerMessage.newBuilder().setFailure(Failure.newBuilder()), "kind that is not known");
        refused(ServerMessage.newBuilder().setFailure(Failure.newBuilder().setKindValue(99)), "kind that is not known");
    }

    @Test
    void aFailuresDecisionMustBeOne() {
        refused(
                ServerMessage.newBuilder()
                        .setFailure(Failure.newBuilder()
                                .setKind(Failure.Kind.TRANSACTION_DECIDED)
                                .setDecision(Decided.newBuilder().setXid(XID.toString()))),
                "unknown transaction status 0");
    }

    @Test
    void anOrderNamesItsBranchAndResource() {
        Branch branch = Branch.newBuilder().setXid(XID.toString()).setNumber(1).build();
        refused(ServerMessage.newBuilder().setRestore(RestoreOrder.newBuilder().setResource("r")), "no branch id");
        refused(ServerMessage.newBuilder().setRestore(RestoreOrder.newBuilder().setBranch(branch)), "no resource");
        refused(
                ServerMessage.newBuilder()
                        .setReleaseUndo(
                                ReleaseUndo.newBuilder().setResource("r").addBranches(Branch.newBuilder())),
                "not an XID");
    }

    private static void refused(ServerMessage.Builder message, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ReplyMapping.fromWire(message.build()))
                .withMessageContaining(why);
    }
}
