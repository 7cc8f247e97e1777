package io.dtx.protocol;

import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.Xid;
import io.dtx.protocol.Request.RestoreReport.Result;
import io.dtx.protocol.wire.ClientMessage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/** Requests to and from wire messages. */
public final class RequestMapping {

    private RequestMapping() {}

    /** The message without its number: what is sent again on a new stream gets a new one. */
    public static ClientMessage.Builder toWire(Request request) {
        ClientMessage.Builder message = ClientMessage.newBuilder();
        if (request instanceof Request.Hello hello) {
            message.getHelloBuilder()
                    .setProtocolVersion(hello.protocolVersion())
                    .setApplication(Values.shortened(hello.application()))
                    .setInstance(hello.instance())
                    .putAllSeen(hello.seen());
        } else if (request instanceof Request.Begin begin) {
            message.getBeginBuilder()
                    .setXid(begin.xid().toString())
                    .setName(Values.shortened(begin.name()))
                    .setTimeoutMillis(begin.timeout().toMillis());
        } else if (request instanceof Request.RegisterBranch register) {
            message.getRegisterBranchBuilder()
                    .setBranch(Values.toWire(register.branch()))
                    .setResource(register.resource())
                    .addAllExecutions(Values.executionsToWire(register.executions()))
                    .addAllLocks(Values.locksToWire(register.locks()))
                    .setWaitMillis(register.lockWait().toMillis());
        } else if (request instanceof Request.Commit commit) {
            io.dtx.protocol.wire.Decide.Builder decide =
                    message.getDecideBuilder().setXid(commit.xid().toString()).setCommit(true);
            commit.answeredBranches().ifPresent(decide::setAnsweredBranches);
        } else if (request instanceof Request.RollBack rollBack) {
            message.getDecideBuilder()
                    .setXid(rollBack.xid().toString())
                    .setReason(rollBack.rollback().reason().code())
                    .setDetail(rollBack.rollback().detail());
        } else if (request instanceof Request.CheckLocks check) {
            Xid xid = check.xid();
            message.getCheckLocksBuilder()
                    .setXid(xid == null ? "" : xid.toString())
                    .addAllLocks(Values.locksToWire(check.locks()))
                    .setWaitMillis(check.lockWait().toMillis());
        } else if (request instanceof Request.AskOutcome ask) {
            message.getAskOutcomeBuilder()
                    .setXid(ask.xid().toString())
                    .setWaitMillis(ask.endWait().toMillis());
        } else if (request instanceof Request.AskUnknown ask) {
            message.getAskUnknownBuilder().addAllXids(Values.xidsToWire(ask.xids()));
        } else if (request instanceof Request.Attach attach) {
            message.getAttachBuilder().setResource(attach.resource()).setLabel(Values.shortened(attach.label()));
        } else if (request instanceof Request.Detach detach) {
            message.getDetachBuilder().setResource(detach.resource());
        } else if (request instanceof Request.BranchCommitted committed) {
            message.getBranchCommittedBuilder().setBranch(Values.toWire(committed.branch()));
        } else if (request instanceof Request.DatabaseWait wait) {
            message.getDatabaseWaitBuilder()
                    .setXid(wait.xid().toString())
                    .setResource(wait.resource())
                    .setTable(wait.table());
        } else if (request instanceof Request.RestoreReport report) {
            message.getRestoreReportBuilder()
                    .setBranch(Values.toWire(report.branch()))
                    .setResource(report.resource())
                    .setAttempt(report.attempt())
                    .setResult(toWire(report.result()))
                    .setDetail(Values.shortened(report.detail()))
                    .setDifferingRows(report.differences().total())
                    .addAllRows(DifferenceMapping.toWire(report.differences()));
        }
        return message;
    }

    /**
     * Reads a message's body.
     *
     * @throws IllegalArgumentException if no peer of this version writes such a message; says what is wrong with it
     */
    public static Request fromWire(ClientMessage message) {
        return switch (message.getBodyCase()) {
            case HELLO -> hello(message.getHello());
            case BEGIN -> {
                var begin = message.getBegin();
                yield new Request.Begin(
                        Xid.parse(begin.getXid()),
                        Values.text("name", begin.getName()),
                        Values.millis("timeout_millis", begin.getTimeoutMillis()));
            }
            case REGISTER_BRANCH -> {
                var register = message.getRegisterBranch();
                yield new Request.RegisterBranch(
                        Values.branch(register.hasBranch(), register.getBranch()),
                        Values.id("resource", register.getResource()),
                        Values.executions(register.getExecutionsList()),
                        Values.locks(register.getLocksList()),
                        Values.millis("wait_millis", register.getWaitMillis()));
            }
            case DECIDE -> decide(message.getDecide());
            case CHECK_LOCKS -> {
                var check = message.getCheckLocks();
                yield new Request.CheckLocks(
                        check.getXid().isEmpty() ? null : Xid.parse(check.getXid()),
                        Values.locks(check.getLocksList()),
                        Values.millis("wait_millis", check.getWaitMillis()));
            }
            case ASK_OUTCOME -> {
                var ask = message.getAskOutcome();
                yield new Request.AskOutcome(
                        Xid.parse(ask.getXid()), Values.millis("wait_millis", ask.getWaitMillis()));
            }
            case ASK_UNKNOWN ->
                new Request.AskUnknown(Values.xids(message.getAskUnknown().getXidsList()));
            case ATTACH -> {
                var attach = message.getAttach();
                yield new Request.Attach(
                        Values.id("resource", attach.getResource()), Values.text("label", attach.getLabel()));
            }
            case DETACH ->
                new Request.Detach(Values.id("resource", message.getDetach().getResource()));
            case BRANCH_COMMITTED -> {
                var committed = message.getBranchCommitted();
                yield new Request.BranchCommitted(Values.branch(committed.hasBranch(), committed.getBranch()));
            }
            case DATABASE_WAIT -> {
                var wait = message.getDatabaseWait();
                yield new Request.DatabaseWait(
                        Xid.parse(wait.getXid()),
                        Values.id("resource", wait.getResource()),
                        Values.text("table", wait.getTable()));
            }
            case RESTORE_REPORT -> {
                var report = message.getRestoreReport();
                yield new Request.RestoreReport(
                        Values.branch(report.hasBranch(), report.getBranch()),
                        Values.id("resource", report.getResource()),
                        Values.notNegative("attempt", report.getAttempt()),
                        result(report.getResult()),
                        Values.text("detail", report.getDetail()),
                        DifferenceMapping.fromWire(
                                Values.notNegative("differing_rows", report.getDifferingRows()), report.getRowsList()));
            }
            case BODY_NOT_SET ->
                throw new IllegalArgumentException("a message without a body, or of a kind that is not known here");
        };
    }

    private static Request hello(io.dtx.protocol.wire.Hello hello) {
        Map<String, Long> seen = new LinkedHashMap<>();
        hello.getSeenMap().forEach((cluster, index) -> {
            if (!Xid.isClusterId(cluster)) {
                throw new IllegalArgumentException("seen names something that is not a cluster id");
            }
            seen.put(cluster, Values.notNegative("seen", index));
        });
        return new Request.Hello(
                Values.notNegative("protocol_version", hello.getProtocolVersion()),
                Values.text("application", hello.getApplication()),
                Values.id("instance", hello.getInstance()),
                seen);
    }

    private static Request decide(io.dtx.protocol.wire.Decide decide) {
        Xid xid = Xid.parse(decide.getXid());
        if (decide.getCommit()) {
            if (decide.getReason() != 0) {
                throw new IllegalArgumentException("a commit with a reason to roll back");
            }
            return new Request.Commit(
                    xid,
                    decide.hasAnsweredBranches()
                            ? OptionalInt.of(Values.notNegative("answered_branches", decide.getAnsweredBranches()))
                            : OptionalInt.empty());
        }
        if (decide.hasAnsweredBranches()) {
            throw new IllegalArgumentException("a rollback with a number of branches");
        }
        Rollback rollback =
                new Rollback(RollbackReason.of(decide.getReason()), "", Values.text("detail", decide.getDetail()));
        return new Request.RollBack(xid, rollback);
    }

    private static io.dtx.protocol.wire.RestoreReport.Result toWire(Result result) {
        return switch (result) {
            case RESTORED -> io.dtx.protocol.wire.RestoreReport.Result.RESTORED;
            case SKIPPED -> io.dtx.protocol.wire.RestoreReport.Result.SKIPPED;
            case DIRTY -> io.dtx.protocol.wire.RestoreReport.Result.DIRTY;
            case FAILED -> io.dtx.protocol.wire.RestoreReport.Result.FAILED;
        };
    }

    private static Result result(io.dtx.protocol.wire.RestoreReport.Result wire) {
        return switch (wire) {
            case RESTORED -> Result.RESTORED;
            case SKIPPED -> Result.SKIPPED;
            case DIRTY -> Result.DIRTY;
            case FAILED -> Result.FAILED;
            case RESULT_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException("a restore report without a result that is known here");
        };
    }
}
