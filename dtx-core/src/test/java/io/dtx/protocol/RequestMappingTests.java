package io.dtx.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.ByteString;
import io.dtx.model.BranchId;
import io.dtx.model.Differences;
import io.dtx.model.Execution;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.RowDifference;
import io.dtx.model.RowDifference.Cell;
import io.dtx.model.RowDifference.Contents;
import io.dtx.model.RowDifference.What;
import io.dtx.model.Xid;
import io.dtx.protocol.Request.RestoreReport.Result;
import io.dtx.protocol.wire.AskUnknown;
import io.dtx.protocol.wire.Begin;
import io.dtx.protocol.wire.Branch;
import io.dtx.protocol.wire.BranchCommitted;
import io.dtx.protocol.wire.ClientMessage;
import io.dtx.protocol.wire.Decide;
import io.dtx.protocol.wire.Hello;
import io.dtx.protocol.wire.RegisterBranch;
import io.dtx.protocol.wire.RestoreReport;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RequestMappingTests {

    private static final Xid XID = Xid.mint("Cluster1", 1_700_000_000_000L, new byte[10]);
    private static final BranchId BRANCH = new BranchId(XID, Long.MAX_VALUE);
    private static final List<Execution> EXECUTIONS = List.of(
            new Execution(new UUID(-1, 2), new UUID(3, -4)), new Execution(UUID.randomUUID(), UUID.randomUUID()));
    private static final List<Lock> LOCKS = List.of(
            new Lock(
                    LockKey.on("r1", "bank1", "", "account_info", "")
                            .number("1")
                            .build(),
                    LockMode.EXCLUSIVE),
            new Lock(
                    LockKey.on("r1", "bank1", "", "parent", "u")
                            .text("ü_\u0000")
                            .build(),
                    LockMode.SHARED));

    static Stream<Request> everyRequest() {
        return Stream.concat(
                Stream.of(
                        new Request.Hello(1, "bank1", "instance-1", Map.of("Cluster1", 7L, "Cluster2", Long.MAX_VALUE)),
                        new Request.Hello(1, "", "i", Map.of()),
                        new Request.Begin(XID, "transfer", Duration.ofSeconds(60)),
                        new Request.RegisterBranch(BRANCH, "r1", EXECUTIONS, LOCKS, Duration.ofMillis(1500)),
                        new Request.RegisterBranch(BRANCH, "r1", List.of(), List.of(), Duration.ZERO),
                        new Request.Commit(XID),
                        new Request.Commit(XID, OptionalInt.of(0)),
                        new Request.Commit(XID, OptionalInt.of(3)),
                        new Request.CheckLocks(XID, LOCKS, Duration.ofSeconds(1)),
                        new Request.CheckLocks(null, LOCKS, Duration.ZERO),
                        new Request.AskOutcome(XID),
                        new Request.AskOutcome(XID, Duration.ofSeconds(2)),
                        new Request.AskUnknown(List.of(XID, Xid.mint("Cluster1", 1L, new byte[10]))),
                        new Request.AskUnknown(List.of()),
                        new Request.Attach("r1", "jdbc:mariadb://localhost/bank1"),
                        new Request.Detach("r1"),
                        new Request.BranchCommitted(BRANCH),
                        new Request.DatabaseWait(XID, "r1", "account_info"),
                        new Request.DatabaseWait(XID, "r1", "")),
                Stream.concat(
                        EnumSet.allOf(RollbackReason.class).stream()
                                .map(reason -> new Request.RollBack(XID, new Rollback(reason, "", "no money"))),
                        EnumSet.allOf(Result.class).stream()
                                .map(result -> new Request.RestoreReport(BRANCH, "r1", 3, result, "row 1 differs"))));
    }

    @ParameterizedTest
    @MethodSource("everyRequest")
    void aRequestComesOutAsItWentIn(Request request) throws Exception {
        byte[] bytes = RequestMapping.toWire(request).build().toByteArray();
        assertThat(RequestMapping.fromWire(ClientMessage.parseFrom(bytes))).isEqualTo(request);
    }

    @Test
    void theRowsInTheWayOfARestoreComeOutAsTheyWentIn() {
        Request report = new Request.RestoreReport(
                BRANCH,
                "r1",
                1,
                Result.DIRTY,
                "",
                new Differences(
                        7,
                        List.of(
                                new RowDifference(
                                        "account",
                                        "id=1",
                                        What.CHANGED,
                                        List.of("balance", "note"),
                                        new Contents(
                                                null,
                                                List.of(new Cell("balance", "1"), new Cell("note", null)),
                                                List.of(new Cell("balance", ""), new Cell("note", "x")))),
                                new RowDifference("entry", "id=7", What.THERE_AGAIN, List.of(), null))));
        assertThat(RequestMapping.fromWire(RequestMapping.toWire(report).build()))
                .isEqualTo(report);
    }

    @Test
    void moreRowsInTheWayThanAWriterShowsAreRefused() {
        RestoreReport.Builder report =
                RequestMapping.toWire(new Request.RestoreReport(BRANCH, "r1", 1, Result.DIRTY, ""))
                        .getRestoreReport()
                        .toBuilder();
        var row = io.dtx.protocol.wire.RowDifference.newBuilder()
                .setTable("t")
                .setKey("k")
                .setWhat(1);
        refused(ClientMessage.newBuilder().setRestoreReport(report.clone().addRows(row)), "1 rows shown of 0");
        report.setDifferingRows(1_000);
        refused(
                ClientMessage.newBuilder()
                        .setRestoreReport(report.clone().addRows(row.clone().setWhat(9))),
                "unknown kind of difference 9");
        refused(
                ClientMessage.newBuilder()
                        .setRestoreReport(report.clone().addRows(row.clone().setKey("k".repeat(201)))),
                "take more than is allowed");
        for (int i = 0; i <= Differences.MAX_ROWS; i++) {
            report.addRows(row);
        }
        refused(ClientMessage.newBuilder().setRestoreReport(report), "at most 50");
    }

    @Test
    void everyKindOfRequestIsTried() {
        assertThat(everyRequest().map(Object::getClass).distinct())
                .hasSize(Request.class.getPermittedSubclasses().length);
    }

    @Test
    void whoAskedForARollbackIsNotTakenFromTheWire() {
        Request request = new Request.RollBack(XID, new Rollback(RollbackReason.OPERATOR, "somebody else", "x"));
        assertThat(RequestMapping.fromWire(RequestMapping.toWire(request).build()))
                .isEqualTo(new Request.RollBack(XID, new Rollback(RollbackReason.OPERATOR, "", "x")));
    }

    @Test
    void aTextForPeopleIsShortenedWhereItIsWritten() {
        Request request = new Request.RestoreReport(BRANCH, "r1", 1, Result.DIRTY, "x".repeat(100_000));
        Request.RestoreReport read = (Request.RestoreReport)
                RequestMapping.fromWire(RequestMapping.toWire(request).build());
        assertThat(read.detail()).isEqualTo("x".repeat(Values.MAX_TEXT));
    }

    @Test
    void anUnsetBodyIsRefused() {
        refused(ClientMessage.newBuilder(), "without a body");
    }

    @Test
    void aMalformedXidIsRefused() {
        refused(ClientMessage.newBuilder().setBegin(Begin.newBuilder().setXid("nonsense")), "not an XID: 'nonsense'");
        refused(ClientMessage.newBuilder().setDecide(Decide.newBuilder().setCommit(true)), "not an XID: ''");
        refused(
                ClientMessage.newBuilder()
                        .setAskUnknown(
                                AskUnknown.newBuilder().addXids(XID.toString()).addXids("")),
                "not an XID");
    }

    @Test
    void aMissingOrNonPositiveBranchIsRefused() {
        refused(ClientMessage.newBuilder().setBranchCommitted(BranchCommitted.newBuilder()), "no branch id");
        for (long number : new long[] {0, -1}) {
            refused(
                    ClientMessage.newBuilder()
                            .setBranchCommitted(BranchCommitted.newBuilder()
                                    .setBranch(Branch.newBuilder()
                                            .setXid(XID.toString())
                                            .setNumber(number))),
                    "positive");
        }
    }

    @Test
    void aRegistrationIsRefusedIfAPartOfItIsWrong() {
        RegisterBranch good = RequestMapping.toWire(
                        new Request.RegisterBranch(BRANCH, "r1", List.of(), LOCKS, Duration.ofSeconds(1)))
                .getRegisterBranch();
        refused(register(good.toBuilder().clearResource()), "no resource");
        refused(register(good.toBuilder().setResource("r".repeat(256))), "resource has 256 characters");
        RegisterBranch.Builder deep = good.toBuilder();
        for (int i = 0; i <= Execution.MAX_DEPTH; i++) {
            deep.addExecutions(io.dtx.protocol.wire.Execution.getDefaultInstance());
        }
        refused(register(deep), "17 executions");
        refused(register(good.toBuilder().setWaitMillis(-1)), "wait_millis is out of range: 18446744073709551615");
        refused(
                register(good.toBuilder()
                        .setLocks(0, good.getLocks(0).toBuilder().setMode(3))),
                "unknown lock mode 3");
        refused(
                register(good.toBuilder()
                        .setLocks(0, good.getLocks(0).toBuilder().clearMode())),
                "unknown lock mode 0");
        refused(
                register(good.toBuilder()
                        .setLocks(
                                0,
                                good.getLocks(0).toBuilder()
                                        .setKey(good.getLocks(0).getKey().substring(0, 5)))),
                "ends in the middle");
        refused(
                register(good.toBuilder()
                        .setLocks(
                                0,
                                good.getLocks(0).toBuilder()
                                        .setKey(good.getLocks(0).getKey().concat(ByteString.copyFromUtf8("?"))))),
                "lock key");
    }

    @Test
    void aRollbackNeedsAReasonThatIsKnown() {
        refused(
                ClientMessage.newBuilder().setDecide(Decide.newBuilder().setXid(XID.toString())),
                "unknown rollback reason 0");
        refused(
                ClientMessage.newBuilder()
                        .setDecide(Decide.newBuilder().setXid(XID.toString()).setReason(99)),
                "unknown rollback reason 99");
    }

    @Test
    void aCommitWithAReasonIsRefused() {
        refused(
                ClientMessage.newBuilder()
                        .setDecide(Decide.newBuilder()
                                .setXid(XID.toString())
                                .setCommit(true)
                                .setReason(1)),
                "a commit with a reason");
    }

    @Test
    void aRestoreReportNeedsAResultThatIsKnown() {
        RestoreReport good = RequestMapping.toWire(new Request.RestoreReport(BRANCH, "r1", 1, Result.RESTORED, ""))
                .getRestoreReport();
        refused(ClientMessage.newBuilder().setRestoreReport(good.toBuilder().clearResult()), "without a result");
        refused(ClientMessage.newBuilder().setRestoreReport(good.toBuilder().setResultValue(77)), "without a result");
        refused(
                ClientMessage.newBuilder().setRestoreReport(good.toBuilder().setAttempt(-1)),
                "attempt is out of range");
        refused(
                ClientMessage.newBuilder().setRestoreReport(good.toBuilder().setDetail("x".repeat(2_001))),
                "detail has 2001 characters");
    }

    @Test
    void aHelloNamesItsInstanceAndRealClusters() {
        refused(ClientMessage.newBuilder().setHello(Hello.newBuilder().setProtocolVersion(1)), "no instance");
        refused(
                ClientMessage.newBuilder()
                        .setHello(Hello.newBuilder().setInstance("i").putSeen("not one", 1)),
                "not a cluster id");
        refused(
                ClientMessage.newBuilder()
                        .setHello(Hello.newBuilder().setInstance("i").putSeen("Cluster1", -1)),
                "seen is out of range");
    }

    private static ClientMessage.Builder register(RegisterBranch.Builder register) {
        return ClientMessage.newBuilder().setRegisterBranch(register);
    }

    private static void refused(ClientMessage.Builder message, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RequestMapping.fromWire(message.build()))
                .withMessageContaining(why);
    }
}
