package io.dtx.protocol;

import io.dtx.model.Outcome;
import io.dtx.model.Xid;
import io.dtx.protocol.wire.Attached;
import io.dtx.protocol.wire.Decided;
import io.dtx.protocol.wire.Failure;
import io.dtx.protocol.wire.LocksFree;
import io.dtx.protocol.wire.Registered;
import io.dtx.protocol.wire.ServerMessage;
import java.time.Instant;

/** Replies and orders to and from wire messages. */
public final class ReplyMapping {

    private ReplyMapping() {}

    /** The message without its number and log index. */
    public static ServerMessage.Builder toWire(Reply reply) {
        ServerMessage.Builder message = ServerMessage.newBuilder();
        if (reply instanceof Reply.Welcome welcome) {
            message.getWelcomeBuilder()
                    .setProtocolVersion(welcome.protocolVersion())
                    .setCluster(welcome.cluster())
                    .setEpochMillis(welcome.now().toEpochMilli());
        } else if (reply instanceof Reply.Registered) {
            message.setRegistered(Registered.getDefaultInstance());
        } else if (reply instanceof Reply.Decided decided) {
            message.setDecided(Values.toWire(decided.outcome()));
        } else if (reply instanceof Reply.NotKnown notKnown) {
            message.getDecidedBuilder().setXid(notKnown.xid().toString());
        } else if (reply instanceof Reply.LocksFree) {
            message.setLocksFree(LocksFree.getDefaultInstance());
        } else if (reply instanceof Reply.Unknown unknown) {
            message.getUnknownBuilder()
                    .addAllXids(Values.xidsToWire(unknown.xids()))
                    .addAllCommitted(Values.xidsToWire(unknown.committed()))
                    .addAllRolledBack(Values.xidsToWire(unknown.rolledBack()));
        } else if (reply instanceof Reply.Attached) {
            message.setAttached(Attached.getDefaultInstance());
        } else if (reply instanceof Reply.Failure failure) {
            message.setFailure(toWire(failure));
        } else if (reply instanceof Reply.RestoreOrder order) {
            message.getRestoreBuilder()
                    .setBranch(Values.toWire(order.branch()))
                    .setResource(order.resource())
                    .setAttempt(order.attempt())
                    .setSkip(order.skip());
        } else if (reply instanceof Reply.ReleaseUndo release) {
            message.getReleaseUndoBuilder()
                    .setResource(release.resource())
                    .addAllBranches(Values.toWire(release.branches()));
        }
        return message;
    }

    /**
     * Reads a message's body.
     *
     * @throws IllegalArgumentException if no peer of this version writes such a message; says what is wrong with it
     */
    public static Reply fromWire(ServerMessage message) {
        return switch (message.getBodyCase()) {
            case WELCOME -> {
                var welcome = message.getWelcome();
                if (!Xid.isClusterId(welcome.getCluster())) {
                    throw new IllegalArgumentException("a welcome without a cluster id");
                }
                yield new Reply.Welcome(
                        Values.notNegative("protocol_version", welcome.getProtocolVersion()),
                        welcome.getCluster(),
                        Instant.ofEpochMilli(Values.notNegative("epoch_millis", welcome.getEpochMillis())));
            }
            case REGISTERED -> new Reply.Registered();
            case DECIDED -> decided(message.getDecided());
            case LOCKS_FREE -> new Reply.LocksFree();
            case UNKNOWN ->
                new Reply.Unknown(
                        Values.xids(message.getUnknown().getXidsList()),
                        Values.xids(message.getUnknown().getCommittedList()),
                        Values.xids(message.getUnknown().getRolledBackList()));
            case ATTACHED -> new Reply.Attached();
            case FAILURE -> failure(message.getFailure());
            case RESTORE -> {
                var order = message.getRestore();
                yield new Reply.RestoreOrder(
                        Values.branch(order.hasBranch(), order.getBranch()),
                        Values.id("resource", order.getResource()),
                        Values.notNegative("attempt", order.getAttempt()),
                        order.getSkip());
            }
            case RELEASE_UNDO -> {
                var release = message.getReleaseUndo();
                yield new Reply.ReleaseUndo(
                        Values.id("resource", release.getResource()),
                        release.getBranchesList().stream()
                                .map(branch -> Values.branch(true, branch))
                                .toList());
            }
            case BODY_NOT_SET ->
                throw new IllegalArgumentException("a message without a body, or of a kind that is not known here");
        };
    }

    /** Status 0 is no status: the transaction is not known to the coordinator. */
    private static Reply decided(Decided wire) {
        return wire.getStatus() == 0
                ? new Reply.NotKnown(Xid.parse(wire.getXid()))
                : new Reply.Decided(Values.outcome(wire));
    }

    private static Failure toWire(Reply.Failure failure) {
        Failure.Builder wire = Failure.newBuilder()
                .setKind(toWire(failure.kind()))
                .setMessage(Values.shortened(failure.message()))
                .setLeader(failure.leader());
        Outcome decision = failure.decision();
        if (decision != null) {
            wire.setDecision(Values.toWire(decision));
        }
        Xid holder = failure.holder();
        if (holder != null) {
            wire.setHolder(holder.toString());
        }
        return wire.build();
    }

    private static Reply failure(Failure wire) {
        return new Reply.Failure(
                kind(wire.getKind()),
                Values.text("message", wire.getMessage()),
                Values.text("leader", wire.getLeader()),
                wire.hasDecision() ? Values.outcome(wire.getDecision()) : null,
                wire.getHolder().isEmpty() ? null : Xid.parse(wire.getHolder()));
    }

    private static Failure.Kind toWire(FailureKind kind) {
        return switch (kind) {
            case LOCK_TIMEOUT -> Failure.Kind.LOCK_TIMEOUT;
            case DEADLOCK -> Failure.Kind.DEADLOCK;
            case HOLDER_ROLLING_BACK -> Failure.Kind.HOLDER_ROLLING_BACK;
            case TRANSACTION_DECIDED -> Failure.Kind.TRANSACTION_DECIDED;
            case FORGOTTEN -> Failure.Kind.FORGOTTEN;
            case NOT_LEADER -> Failure.Kind.NOT_LEADER;
            case UNAVAILABLE -> Failure.Kind.UNAVAILABLE;
            case INVALID -> Failure.Kind.INVALID;
            case LIMIT -> Failure.Kind.LIMIT;
            case WRONG_CLUSTER -> Failure.Kind.WRONG_CLUSTER;
            case BRANCH_REUSED -> Failure.Kind.BRANCH_REUSED;
            case UNAUTHENTICATED -> Failure.Kind.UNAUTHENTICATED;
            case BEHIND -> Failure.Kind.BEHIND;
        };
    }

    private static FailureKind kind(Failure.Kind wire) {
        return switch (wire) {
            case LOCK_TIMEOUT -> FailureKind.LOCK_TIMEOUT;
            case DEADLOCK -> FailureKind.DEADLOCK;
            case HOLDER_ROLLING_BACK -> FailureKind.HOLDER_ROLLING_BACK;
            case TRANSACTION_DECIDED -> FailureKind.TRANSACTION_DECIDED;
            case FORGOTTEN -> FailureKind.FORGOTTEN;
            case NOT_LEADER -> FailureKind.NOT_LEADER;
            case UNAVAILABLE -> FailureKind.UNAVAILABLE;
            case INVALID -> FailureKind.INVALID;
            case LIMIT -> FailureKind.LIMIT;
            case WRONG_CLUSTER -> FailureKind.WRONG_CLUSTER;
            case BRANCH_REUSED -> FailureKind.BRANCH_REUSED;
            case UNAUTHENTICATED -> FailureKind.UNAUTHENTICATED;
            case BEHIND -> FailureKind.BEHIND;
            case KIND_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException("a failure of a kind that is not known here");
        };
    }
}
