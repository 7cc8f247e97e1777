package io.dtx.server.log;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.dtx.model.BranchId;
import io.dtx.model.Execution;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Command;
import io.dtx.server.log.record.CommandRecord;
import io.dtx.server.log.record.EntryRecord;
import io.dtx.server.log.record.ExecutionRecord;
import io.dtx.server.log.record.LockRecord;
import io.dtx.server.log.record.RollbackRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

/** Log entries to bytes and back. */
final class EntryCodec {

    /** Written; it and all earlier ones are read. Version 1 knew no executions. */
    static final int VERSION = 2;

    /** What one log entry holds. */
    record Entry(long timestampMillis, List<Command> commands) {
        Entry {
            commands = List.copyOf(commands);
        }
    }

    private EntryCodec() {}

    static EntryRecord encode(Entry entry) {
        EntryRecord.Builder record =
                EntryRecord.newBuilder().setVersion(VERSION).setTimestampMillis(entry.timestampMillis());
        entry.commands().forEach(command -> record.addCommands(encode(command)));
        return record.build();
    }

    /** @throws IOException if the bytes are not an entry that this version can read: it must not be skipped */
    static Entry decode(ByteBuffer bytes) throws IOException {
        EntryRecord record;
        try {
            record = EntryRecord.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new IOException("a log entry is damaged", e);
        }
        if (record.getVersion() < 1 || record.getVersion() > VERSION) {
            throw new IOException("a log entry has format version " + record.getVersion() + ", this is version "
                    + VERSION + ": start the version of dtx that wrote it, or a newer one");
        }
        try {
            return new Entry(
                    record.getTimestampMillis(),
                    record.getCommandsList().stream().map(EntryCodec::decode).toList());
        } catch (IllegalArgumentException e) {
            throw new IOException("a log entry holds what this version of dtx can not read: " + e.getMessage(), e);
        }
    }

    static CommandRecord encode(Command command) {
        CommandRecord.Builder record = CommandRecord.newBuilder();
        if (command instanceof Command.CreateCluster create) {
            record.getCreateClusterBuilder()
                    .setCluster(create.cluster())
                    .setReplaces(create.replaces() == null ? "" : create.replaces());
        } else if (command instanceof Command.Begin begin) {
            record.getBeginBuilder()
                    .setXid(begin.xid().toString())
                    .setName(begin.name())
                    .setApplication(begin.application())
                    .setTimeoutMillis(begin.timeoutMillis());
        } else if (command instanceof Command.RegisterBranch register) {
            record.getRegisterBranchBuilder()
                    .setXid(register.branch().xid().toString())
                    .setNumber(register.branch().number())
                    .setResource(register.resource())
                    .setApplication(register.application())
                    .addAllExecutions(executions(register.executions()))
                    .addAllLocks(encode(register.locks()));
        } else if (command instanceof Command.Commit commit) {
            record.getCommitBuilder().setXid(commit.xid().toString()).setReportedBranches(commit.reportedBranches());
        } else if (command instanceof Command.RollBack rollBack) {
            record.getRollBackBuilder().setXid(rollBack.xid().toString()).setRollback(encode(rollBack.rollback()));
        } else if (command instanceof Command.BranchRestored report) {
            record.setBranchRestored(report(report.branch(), report.attempt()));
        } else if (command instanceof Command.BranchStalled report) {
            record.setBranchStalled(report(report.branch(), report.attempt())
                    .setDetail(report.detail())
                    .setDifferences(DifferencesCodec.encode(report.differences())));
        } else if (command instanceof Command.RetryBranch order) {
            record.setRetryBranch(order(order.branch(), order.operator(), order.note()));
        } else if (command instanceof Command.SkipBranch order) {
            record.setSkipBranch(
                    order(order.branch(), order.operator(), order.note()).setForce(order.force()));
        } else if (command instanceof Command.ForgetOutcomes forget) {
            record.getForgetOutcomesBuilder().setFinishedBeforeMillis(forget.finishedBeforeMillis());
        } else if (command instanceof Command.ForgetForced forget) {
            record.getForgetForcedBuilder()
                    .setXid(forget.xid().toString())
                    .setOperator(forget.operator())
                    .setNote(forget.note());
        } else if (command instanceof Command.CheckLocks check) {
            record.getCheckLocksBuilder()
                    .setXid(check.xid() == null ? "" : check.xid().toString())
                    .addAllLocks(encode(check.locks()));
        } else if (command instanceof Command.AskUnknown ask) {
            CommandRecord.AskUnknown.Builder asked = record.getAskUnknownBuilder();
            ask.xids().forEach(xid -> asked.addXids(xid.toString()));
        } else if (command instanceof Command.AskOutcome ask) {
            record.getAskOutcomeBuilder().setXid(ask.xid().toString());
        } else {
            throw new IllegalArgumentException("unknown command " + command);
        }
        return record.build();
    }

    private static Command decode(CommandRecord record) {
        return switch (record.getBodyCase()) {
            case CREATE_CLUSTER -> {
                CommandRecord.CreateCluster it = record.getCreateCluster();
                yield new Command.CreateCluster(
                        it.getCluster(), it.getReplaces().isEmpty() ? null : it.getReplaces());
            }
            case BEGIN -> {
                CommandRecord.Begin it = record.getBegin();
                yield new Command.Begin(
                        Xid.parse(it.getXid()), it.getName(), it.getApplication(), it.getTimeoutMillis());
            }
            case REGISTER_BRANCH -> {
                CommandRecord.RegisterBranch it = record.getRegisterBranch();
                yield new Command.RegisterBranch(
                        new BranchId(Xid.parse(it.getXid()), it.getNumber()),
                        it.getResource(),
                        it.getApplication(),
                        decodeExecutions(it.getExecutionsList()),
                        decode(it.getLocksList()));
            }
            case COMMIT -> {
                CommandRecord.Commit it = record.getCommit();
                yield new Command.Commit(Xid.parse(it.getXid()), it.getReportedBranches());
            }
            case ROLL_BACK -> {
                CommandRecord.RollBack it = record.getRollBack();
                yield new Command.RollBack(Xid.parse(it.getXid()), decode(it.getRollback()));
            }
            case BRANCH_RESTORED -> {
                CommandRecord.BranchReport it = record.getBranchRestored();
                yield new Command.BranchRestored(new BranchId(Xid.parse(it.getXid()), it.getNumber()), it.getAttempt());
            }
            case BRANCH_STALLED -> {
                CommandRecord.BranchReport it = record.getBranchStalled();
                yield new Command.BranchStalled(
                        new BranchId(Xid.parse(it.getXid()), it.getNumber()),
                        it.getAttempt(),
                        it.getDetail(),
                        DifferencesCodec.decode(it.getDifferences()));
            }
            case RETRY_BRANCH -> {
                CommandRecord.OperatorOrder it = record.getRetryBranch();
                yield new Command.RetryBranch(
                        new BranchId(Xid.parse(it.getXid()), it.getNumber()), it.getOperator(), it.getNote());
            }
            case SKIP_BRANCH -> {
                CommandRecord.OperatorOrder it = record.getSkipBranch();
                yield new Command.SkipBranch(
                        new BranchId(Xid.parse(it.getXid()), it.getNumber()),
                        it.getOperator(),
                        it.getNote(),
                        it.getForce());
            }
            case FORGET_OUTCOMES ->
                new Command.ForgetOutcomes(record.getForgetOutcomes().getFinishedBeforeMillis());
            case FORGET_FORCED -> {
                CommandRecord.ForgetForced it = record.getForgetForced();
                yield new Command.ForgetForced(Xid.parse(it.getXid()), it.getOperator(), it.getNote());
            }
            case CHECK_LOCKS -> {
                CommandRecord.CheckLocks it = record.getCheckLocks();
                yield new Command.CheckLocks(
                        it.getXid().isEmpty() ? null : Xid.parse(it.getXid()), decode(it.getLocksList()));
            }
            case ASK_UNKNOWN ->
                new Command.AskUnknown(record.getAskUnknown().getXidsList().stream()
                        .map(Xid::parse)
                        .toList());
            case ASK_OUTCOME ->
                new Command.AskOutcome(Xid.parse(record.getAskOutcome().getXid()));
            case BODY_NOT_SET -> throw new IllegalArgumentException("a command of a newer version");
        };
    }

    private static CommandRecord.BranchReport.Builder report(BranchId branch, int attempt) {
        return CommandRecord.BranchReport.newBuilder()
                .setXid(branch.xid().toString())
                .setNumber(branch.number())
                .setAttempt(attempt);
    }

    private static CommandRecord.OperatorOrder.Builder order(BranchId branch, String operator, String note) {
        return CommandRecord.OperatorOrder.newBuilder()
                .setXid(branch.xid().toString())
                .setNumber(branch.number())
                .setOperator(operator)
                .setNote(note);
    }

    static List<LockRecord> encode(List<Lock> locks) {
        return locks.stream()
                .map(lock -> LockRecord.newBuilder()
                        .setKey(ByteString.copyFrom(lock.key().encode()))
                        .setMode(lock.mode().code())
                        .build())
                .toList();
    }

    static List<Lock> decode(List<LockRecord> locks) {
        return locks.stream()
                .map(lock -> new Lock(LockKey.decode(lock.getKey().toByteArray()), LockMode.of(lock.getMode())))
                .toList();
    }

    static RollbackRecord encode(Rollback rollback) {
        return RollbackRecord.newBuilder()
                .setReason(rollback.reason().code())
                .setBy(rollback.by())
                .setDetail(rollback.detail())
                .build();
    }

    static Rollback decode(RollbackRecord rollback) {
        return new Rollback(RollbackReason.of(rollback.getReason()), rollback.getBy(), rollback.getDetail());
    }

    static List<ExecutionRecord> executions(List<Execution> executions) {
        return executions.stream()
                .map(execution -> ExecutionRecord.newBuilder()
                        .setCallHigh(execution.call().getMostSignificantBits())
                        .setCallLow(execution.call().getLeastSignificantBits())
                        .setIdHigh(execution.id().getMostSignificantBits())
                        .setIdLow(execution.id().getLeastSignificantBits())
                        .build())
                .toList();
    }

    static List<Execution> decodeExecutions(List<ExecutionRecord> records) {
        return records.stream()
                .map(record -> new Execution(
                        new UUID(record.getCallHigh(), record.getCallLow()),
                        new UUID(record.getIdHigh(), record.getIdLow())))
                .toList();
    }
}
