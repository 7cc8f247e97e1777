package io.dtx.server.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.model.BranchId;
import io.dtx.model.Execution;
import io.dtx.model.Lock;
import io.dtx.model.Outcome;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.Xid;
import io.dtx.protocol.FailureKind;
import io.dtx.protocol.Reply;
import io.dtx.protocol.Request;
import io.dtx.protocol.Request.RestoreReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** An application process as the leader sees it: sends requests and keeps what it is told. */
final class App implements Session {

    final List<Reply> orders = new ArrayList<>();
    private final Map<Long, Reply> answers = new HashMap<>();
    private final LeaderRig rig;
    private final String application;
    private final String instance;
    private long numbers;
    Reply.@Nullable Failure closedWith;

    App(LeaderRig rig, String application, String instance) {
        this.rig = rig;
        this.application = application;
        this.instance = instance;
    }

    long send(Request request) {
        long number = ++numbers;
        rig.leader.received(this, number, request);
        rig.settle();
        return number;
    }

    long register(BranchId branch, String resource, long waitMillis, Lock... locks) {
        return send(
                new Request.RegisterBranch(branch, resource, List.of(), List.of(locks), Duration.ofMillis(waitMillis)));
    }

    /** Of one execution of a call. */
    long register(BranchId branch, long waitMillis, Execution execution, Lock... locks) {
        return send(new Request.RegisterBranch(
                branch, LeaderRig.RESOURCE, List.of(execution), List.of(locks), Duration.ofMillis(waitMillis)));
    }

    /** Registers a branch that gets its locks at once. */
    BranchId branch(Xid xid, String resource, Lock... locks) {
        BranchId branch = new BranchId(xid, rig.nextBranchNumber());
        assertGranted(register(branch, resource, 0, locks));
        return branch;
    }

    void reported(BranchId branch) {
        send(new Request.BranchCommitted(branch));
    }

    long commit(Xid xid) {
        return send(new Request.Commit(xid));
    }

    long commit(Xid xid, int answeredBranches) {
        return send(new Request.Commit(xid, OptionalInt.of(answeredBranches)));
    }

    long rollBack(Xid xid, RollbackReason reason) {
        return send(new Request.RollBack(xid, new Rollback(reason, "", "because")));
    }

    void attach(String resource) {
        send(new Request.Attach(resource, "label of " + resource));
    }

    void report(Reply.RestoreOrder order, RestoreReport.Result result) {
        send(new RestoreReport(order.branch(), order.resource(), order.attempt(), result, "detail"));
    }

    /** The orders to restore that came since the last call. */
    List<Reply.RestoreOrder> takeRestoreOrders() {
        List<Reply.RestoreOrder> restores = orders.stream()
                .filter(Reply.RestoreOrder.class::isInstance)
                .map(Reply.RestoreOrder.class::cast)
                .toList();
        orders.removeAll(restores);
        return restores;
    }

    boolean isAnswered(long request) {
        return answers.containsKey(request);
    }

    Reply answer(long request) {
        Reply answer = answers.get(request);
        if (answer == null) {
            throw new AssertionError("request " + request + " is not answered; answers: " + answers);
        }
        return answer;
    }

    void assertGranted(long request) {
        assertThat(answer(request)).isEqualTo(new Reply.Registered());
    }

    Reply.Failure failure(long request, FailureKind kind) {
        assertThat(answer(request)).isInstanceOf(Reply.Failure.class);
        Reply.Failure failure = (Reply.Failure) answer(request);
        assertThat(failure.kind()).as(failure.message()).isEqualTo(kind);
        return failure;
    }

    Outcome outcome(long request) {
        assertThat(answer(request)).isInstanceOf(Reply.Decided.class);
        return ((Reply.Decided) answer(request)).outcome();
    }

    /** Why the transaction of this request rolls back, as its answer tells. */
    Rollback rollback(long request) {
        Outcome outcome = answer(request) instanceof Reply.Failure failure ? failure.decision() : outcome(request);
        if (outcome == null || outcome.rollback() == null) {
            throw new AssertionError("no rollback in " + answer(request));
        }
        return outcome.rollback();
    }

    @Override
    public String application() {
        return application;
    }

    @Override
    public String instance() {
        return instance;
    }

    @Override
    public void send(long request, long logIndex, Reply reply) {
        if (request == 0) {
            orders.add(reply);
        } else {
            assertThat(answers.put(request, reply))
                    .as("a second answer to " + request)
                    .isNull();
        }
    }

    @Override
    public void taken() {}

    @Override
    public void close(long request, Reply.Failure why) {
        closedWith = why;
    }
}
