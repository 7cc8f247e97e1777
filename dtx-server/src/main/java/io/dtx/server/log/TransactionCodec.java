package io.dtx.server.log;

import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.AuditEntry;
import io.dtx.server.coordinator.Branch;
import io.dtx.server.coordinator.BranchState;
import io.dtx.server.coordinator.Transaction;
import io.dtx.server.log.record.AuditRecord;
import io.dtx.server.log.record.BranchRecord;
import io.dtx.server.log.record.TransactionRecord;

/** Transactions in a snapshot to records and back. */
final class TransactionCodec {

    private TransactionCodec() {}

    static TransactionRecord encode(Transaction transaction) {
        TransactionRecord.Builder record = TransactionRecord.newBuilder()
                .setXid(transaction.xid().toString())
                .setStatus(transaction.status().code())
                .setName(transaction.name())
                .setApplication(transaction.application())
                .setCreatedAtMillis(transaction.createdAtMillis())
                .setTimeoutMillis(transaction.timeoutMillis())
                .setForced(transaction.forced())
                .setFinishedAtMillis(transaction.finishedAtMillis());
        if (transaction.rollback() != null) {
            record.setRollback(EntryCodec.encode(transaction.rollback()));
        }
        transaction.branches().forEach(branch -> record.addBranches(encode(branch)));
        transaction.audit().forEach(entry -> record.addAudit(encode(entry)));
        return record.build();
    }

    /** @throws IllegalArgumentException if a value is none that this version knows */
    static Transaction decode(TransactionRecord record) {
        return new Transaction(
                Xid.parse(record.getXid()),
                TransactionStatus.of(record.getStatus()),
                record.getName(),
                record.getApplication(),
                record.getCreatedAtMillis(),
                record.getTimeoutMillis(),
                record.hasRollback() ? EntryCodec.decode(record.getRollback()) : null,
                record.getForced(),
                record.getFinishedAtMillis(),
                record.getBranchesList().stream().map(TransactionCodec::decode).toList(),
                record.getAuditList().stream().map(TransactionCodec::decode).toList());
    }

    private static BranchRecord encode(Branch branch) {
        BranchRecord.Builder record = BranchRecord.newBuilder()
                .setNumber(branch.number())
                .setResource(branch.resource())
                .setApplication(branch.application())
                .addAllExecutions(EntryCodec.executions(branch.executions()))
                .addAllLocks(EntryCodec.encode(branch.locks()))
                .setState(branch.state().code())
                .setAttempt(branch.attempt())
                .setDetail(branch.detail());
        if (branch.differences().total() > 0) {
            record.setDifferences(DifferencesCodec.encode(branch.differences()));
        }
        return record.build();
    }

    private static Branch decode(BranchRecord record) {
        return new Branch(
                record.getNumber(),
                record.getResource(),
                record.getApplication(),
                EntryCodec.decodeExecutions(record.getExecutionsList()),
                EntryCodec.decode(record.getLocksList()),
                BranchState.of(record.getState()),
                record.getAttempt(),
                record.getDetail(),
                DifferencesCodec.decode(record.getDifferences()));
    }

    private static AuditRecord encode(AuditEntry entry) {
        return AuditRecord.newBuilder()
                .setAtMillis(entry.atMillis())
                .setAction(entry.action().code())
                .setBranch(entry.branch())
                .setOperator(entry.operator())
                .setNote(entry.note())
                .build();
    }

    private static AuditEntry decode(AuditRecord record) {
        return new AuditEntry(
                record.getAtMillis(),
                AuditEntry.Action.of(record.getAction()),
                record.getBranch(),
                record.getOperator(),
                record.getNote());
    }
}
