package io.dtx.protocol;

import com.google.protobuf.ByteString;
import io.dtx.model.BranchId;
import io.dtx.model.Execution;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.wire.Branch;
import io.dtx.protocol.wire.Decided;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The parts that several messages share. Reading refuses what a peer of this version can not have written; writing shortens
 * texts that are for people, and refuses nothing.
 */
final class Values {

    /** The longest text for people, in characters: names, labels, messages, details. */
    static final int MAX_TEXT = 2_000;
    /** The longest text that identifies something: resources, instances, addresses. */
    static final int MAX_ID = 255;

    private Values() {}

    static Branch toWire(BranchId branch) {
        return Branch.newBuilder()
                .setXid(branch.xid().toString())
                .setNumber(branch.number())
                .build();
    }

    static BranchId branch(boolean present, Branch wire) {
        if (!present) {
            throw new IllegalArgumentException("no branch id");
        }
        return new BranchId(Xid.parse(wire.getXid()), wire.getNumber());
    }

    static List<Branch> toWire(List<BranchId> branches) {
        return branches.stream().map(Values::toWire).toList();
    }

    static List<String> xidsToWire(List<Xid> xids) {
        return xids.stream().map(Xid::toString).toList();
    }

    static List<Xid> xids(List<String> wire) {
        return wire.stream().map(Xid::parse).toList();
    }

    static List<io.dtx.protocol.wire.Lock> locksToWire(List<Lock> locks) {
        List<io.dtx.protocol.wire.Lock> wire = new ArrayList<>(locks.size());
        for (Lock lock : locks) {
            wire.add(io.dtx.protocol.wire.Lock.newBuilder()
                    .setKey(ByteString.copyFrom(lock.key().encode()))
                    .setMode(lock.mode().code())
                    .build());
        }
        return wire;
    }

    static List<Lock> locks(List<io.dtx.protocol.wire.Lock> wire) {
        List<Lock> locks = new ArrayList<>(wire.size());
        for (io.dtx.protocol.wire.Lock lock : wire) {
            locks.add(new Lock(LockKey.decode(lock.getKey().toByteArray()), LockMode.of(lock.getMode())));
        }
        return locks;
    }

    static List<io.dtx.protocol.wire.Execution> executionsToWire(List<Execution> executions) {
        return executions.stream()
                .map(execution -> io.dtx.protocol.wire.Execution.newBuilder()
                        .setCallHigh(execution.call().getMostSignificantBits())
                        .setCallLow(execution.call().getLeastSignificantBits())
                        .setIdHigh(execution.id().getMostSignificantBits())
                        .setIdLow(execution.id().getLeastSignificantBits())
                        .build())
                .toList();
    }

    static List<Execution> executions(List<io.dtx.protocol.wire.Execution> wire) {
        if (wire.size() > Execution.MAX_DEPTH) {
            throw new IllegalArgumentException(
                    wire.size() + " executions; at most " + Execution.MAX_DEPTH + " are allowed");
        }
        return wire.stream()
                .map(execution -> new Execution(
                        new UUID(execution.getCallHigh(), execution.getCallLow()),
                        new UUID(execution.getIdHigh(), execution.getIdLow())))
                .toList();
    }

    static Decided toWire(Outcome outcome) {
        Decided.Builder wire = Decided.newBuilder()
                .setXid(outcome.xid().toString())
                .setStatus(outcome.status().code())
                .setForced(outcome.forced());
        Rollback rollback = outcome.rollback();
        if (rollback != null) {
            wire.setReason(rollback.reason().code()).setBy(rollback.by()).setDetail(rollback.detail());
        }
        return wire.build();
    }

    static Outcome outcome(Decided wire) {
        Rollback rollback = wire.getReason() == 0
                ? null
                : new Rollback(
                        RollbackReason.of(wire.getReason()),
                        text("by", wire.getBy()),
                        text("detail", wire.getDetail()));
        TransactionStatus status = TransactionStatus.of(wire.getStatus());
        if (rollback != null && status != TransactionStatus.ROLLING_BACK && status != TransactionStatus.ROLLED_BACK) {
            throw new IllegalArgumentException("a transaction that is " + status + " has no reason to roll back");
        }
        return new Outcome(Xid.parse(wire.getXid()), status, rollback, wire.getForced());
    }

    /** Milliseconds on the wire are unsigned: what comes out negative is beyond any duration that makes sense. */
    static Duration millis(String field, long millis) {
        return Duration.ofMillis(notNegative(field, millis));
    }

    static long notNegative(String field, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(field + " is out of range: " + Long.toUnsignedString(value));
        }
        return value;
    }

    static int notNegative(String field, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(field + " is out of range: " + Integer.toUnsignedString(value));
        }
        return value;
    }

    static String text(String field, String text) {
        return atMost(MAX_TEXT, field, text);
    }

    static String id(String field, String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("no " + field);
        }
        return atMost(MAX_ID, field, text);
    }

    static String shortened(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT);
    }

    private static String atMost(int longest, String field, String text) {
        if (text.length() > longest) {
            throw new IllegalArgumentException(
                    field + " has " + text.length() + " characters; at most " + longest + " are allowed");
        }
        return text;
    }
}
