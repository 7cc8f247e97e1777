package io.dtx.server.runtime;

import io.dtx.model.BranchId;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.Result;
import io.dtx.server.log.Applied;
import io.dtx.server.runtime.ActiveTransaction.Member;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Lets a Commit pass only when every registered branch has reported its local commit (I11); one that waits for too long
 * becomes a rollback. So does, at once, one that finds more branches of calls than the answers to those calls account for: a
 * request was carried out, and its caller was given another one's answer, or none that it has seen. The first may still be at
 * work, or have done what its caller was told was not done.
 *
 * <p>The reports are in this leader's memory alone. That is safe: without a report nothing is committed, and whoever reported
 * reports again to the next leader. The command names how many branches were looked at; if a registration came between,
 * {@code apply} changes nothing, and the commit is looked at again, with that registration's result handled before. So a decision
 * to commit counts as many branches as were compared with the answers, too, and the log need not know of these.
 */
final class Commits {

    private final ActiveTransactions active;
    private final Resources resources;
    private final Deadlines deadlines;
    private final LeaderSettings settings;
    private final LongSupplier now;
    private final BiConsumer<Command, Consumer<Applied>> submit;
    private final BiConsumer<Xid, Rollback> rollBack;
    private final LeaderListener listener;
    private final long noGivingUpBefore;

    Commits(
            ActiveTransactions active,
            Resources resources,
            Deadlines deadlines,
            LeaderSettings settings,
            LongSupplier now,
            BiConsumer<Command, Consumer<Applied>> submit,
            BiConsumer<Xid, Rollback> rollBack,
            LeaderListener listener) {
        this.active = active;
        this.resources = resources;
        this.deadlines = deadlines;
        this.settings = settings;
        this.now = now;
        this.submit = submit;
        this.rollBack = rollBack;
        this.listener = listener;
        this.noGivingUpBefore = now.getAsLong() + settings.reattachWait().toMillis();
    }

    /** A branch's local commit has returned success, as this process says. */
    void reported(BranchId branch, Session session) {
        ActiveTransaction transaction = active.get(branch.xid());
        if (transaction != null
                && transaction.reported.put(branch.number(), session) == null
                && !transaction.commits.isEmpty()) {
            look(transaction);
        }
    }

    /** Somebody asks for COMMIT; answered when it is decided, one way or the other. */
    void asked(Request.Commit commit, Asker asker) {
        Xid xid = commit.xid();
        ActiveTransaction transaction = active.get(xid);
        if (transaction == null) {
            // Not known here, or decided, or its first command is in the log just now.
            submit.accept(new Command.Commit(xid, 0), applied -> {
                if (applied.result() instanceof Result.MoreBranches) {
                    asked(commit, asker);
                } else {
                    asker.answer(applied.index(), Replies.to(applied.result()));
                }
            });
        } else {
            transaction.commits.add(asker);
            transaction.answeredBranches = Math.min(
                    transaction.answeredBranches, commit.answeredBranches().orElse(Integer.MAX_VALUE));
            transaction.commitAsker = asker.session().application();
            look(transaction);
        }
    }

    /** Answers those who waited. */
    void decided(ActiveTransaction transaction, Outcome outcome, long logIndex) {
        for (Asker asker : transaction.commits) {
            asker.answer(logIndex, new Reply.Decided(outcome));
            listener.decided(asker.nanos());
        }
        transaction.commits.clear();
    }

    private void look(ActiveTransaction transaction) {
        if (transaction.commitInFlight) {
            return;
        }
        if (transaction.called().size() > transaction.answeredBranches) {
            rollBack.accept(transaction.xid, unanswered(transaction));
        } else if (transaction.allReported()) {
            transaction.commitInFlight = true;
            submit.accept(
                    new Command.Commit(transaction.xid, transaction.branches.size()),
                    applied -> looked(transaction, applied));
        } else if (transaction.giveUpCommit == null) {
            long at = Math.max(now.getAsLong() + settings.reportWait().toMillis(), noGivingUpBefore);
            transaction.giveUpCommit = deadlines.at(at, () -> giveUp(transaction));
        }
    }

    private static Rollback unanswered(ActiveTransaction transaction) {
        List<Member> called = transaction.called();
        String where = called.stream().map(Member::application).distinct().collect(Collectors.joining(", "));
        return new Rollback(
                RollbackReason.VETO,
                transaction.commitAsker,
                "a request was carried out whose answer did not reach its caller: calls have registered branches: "
                        + called.size() + "; their answers account for: " + transaction.answeredBranches
                        + ". Did an HTTP client, a load balancer or a proxy repeat a call (switch that off), or follow a"
                        + " redirect after a write? Does something in between take dtx-branches off answers, or hand dtx-call"
                        + " on? Did a task begin after its request's answer? The branches are in " + where);
    }

    private void looked(ActiveTransaction transaction, Applied applied) {
        transaction.commitInFlight = false;
        if (applied.result() instanceof Result.MoreBranches) {
            look(transaction);
        } else if (!(applied.result() instanceof Result.Decided)) {
            Reply reply = Replies.to(applied.result());
            transaction.commits.forEach(asker -> asker.answer(applied.index(), reply));
            transaction.commits.clear();
        }
    }

    private void giveUp(ActiveTransaction transaction) {
        transaction.giveUpCommit = null;
        if (transaction.allReported()) {
            return; // its command is in the log
        }
        for (Map.Entry<Long, Member> branch : transaction.branches.entrySet()) {
            if (!transaction.reported.containsKey(branch.getKey())) {
                Member member = branch.getValue();
                rollBack.accept(
                        transaction.xid,
                        new Rollback(
                                RollbackReason.BRANCH_UNREPORTED,
                                member.application(),
                                "branch " + branch.getKey() + " on " + resources.describe(member.resource())
                                        + " did not report its local commit in time"));
                return;
            }
        }
    }
}
