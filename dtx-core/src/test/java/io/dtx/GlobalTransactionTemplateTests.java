package io.dtx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.client.CoordinatorClient;
import io.dtx.client.FakeCoordinator;
import io.dtx.context.CurrentTransaction;
import io.dtx.error.UsageException;
import io.dtx.model.Outcome;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.Request;
import io.dtx.tm.GlobalTransactions;
import io.dtx.tm.TransactionListener;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GlobalTransactionTemplateTests {

    private final FakeCoordinator coordinator = new FakeCoordinator().deciding();
    private final CoordinatorClient client = CoordinatorClient.start(coordinator.settings());
    private final GlobalTransactionTemplate template =
            new GlobalTransactionTemplate(new GlobalTransactions(client, TransactionListener.NONE));

    @AfterEach
    void close() {
        assertThat(CurrentTransaction.get()).isNull();
        client.close();
        coordinator.close();
    }

    @Test
    void requiredBeginsOneAndJoinsOne() {
        Xid begun = xidWithin(Propagation.REQUIRED);
        assertThat(begun).isNotNull();
        within(outer -> assertThat(xidWithin(Propagation.REQUIRED)).isEqualTo(outer));
    }

    @Test
    void requiresNewAlwaysBeginsOne() {
        assertThat(xidWithin(Propagation.REQUIRES_NEW)).isNotNull();
        within(outer ->
                assertThat(xidWithin(Propagation.REQUIRES_NEW)).isNotNull().isNotEqualTo(outer));
    }

    @Test
    void supportsJoinsOneAndBeginsNone() {
        assertThat(xidWithin(Propagation.SUPPORTS)).isNull();
        within(outer -> assertThat(xidWithin(Propagation.SUPPORTS)).isEqualTo(outer));
    }

    @Test
    void notSupportedRunsOutside() {
        assertThat(xidWithin(Propagation.NOT_SUPPORTED)).isNull();
        within(outer -> {
            assertThat(xidWithin(Propagation.NOT_SUPPORTED)).isNull();
            assertThat(GlobalTransactionContext.currentXid()).isEqualTo(outer);
        });
    }

    @Test
    void mandatoryJoinsOneAndFailsWithout() {
        assertThatThrownBy(() -> xidWithin(Propagation.MANDATORY))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("MANDATORY")
                .hasMessageContaining("REQUIRED");
        within(outer -> assertThat(xidWithin(Propagation.MANDATORY)).isEqualTo(outer));
    }

    @Test
    void neverFailsWithin() {
        assertThat(xidWithin(Propagation.NEVER)).isNull();
        within(outer -> assertThatThrownBy(() -> xidWithin(Propagation.NEVER))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(outer.toString()));
    }

    @Test
    void onlyTheOneThatBeganDecides() {
        template.executeWithoutResult(() -> {
            for (Propagation joining : List.of(Propagation.REQUIRED, Propagation.SUPPORTS, Propagation.MANDATORY)) {
                xidWithin(joining);
            }
            assertThat(coordinator.untaken()).noneMatch(request -> request instanceof Request.Commit);
        });
        coordinator.take(Request.Commit.class);
        assertThat(coordinator.untaken()).isEmpty();
    }

    @Test
    void nameAndTimeoutAreThoseOfTheTemplate() {
        template.withName("transfer").withTimeout(Duration.ofSeconds(7)).executeWithoutResult(() -> {});
        Request.Begin begin =
                (Request.Begin) coordinator.take(Request.Begin.class).request();
        assertThat(begin.name()).isEqualTo("transfer");
        assertThat(begin.timeout()).isEqualTo(Duration.ofSeconds(7));
        template.executeWithoutResult(() -> {});
        assertThat(((Request.Begin) coordinator.take(Request.Begin.class).request()).timeout())
                .isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void theRulesDecideWhatRollsBack() {
        assertThat(decisionAfter(template, new IOException())).isEqualTo(TransactionStatus.COMMITTED);
        assertThat(decisionAfter(template, new IllegalStateException())).isEqualTo(TransactionStatus.ROLLING_BACK);
        assertThat(decisionAfter(template.withRollbackFor(IOException.class), new IOException()))
                .isEqualTo(TransactionStatus.ROLLING_BACK);
        assertThat(decisionAfter(
                        template.withRollbackFor(Exception.class).withNoRollbackFor(IllegalStateException.class),
                        new IllegalStateException()))
                .isEqualTo(TransactionStatus.COMMITTED);
    }

    @Test
    void aCheckedExceptionKeepsItsType() {
        try {
            template.execute(() -> {
                throw new IOException("typed");
            });
        } catch (IOException expected) {
            assertThat(expected).hasMessage("typed");
        }
    }

    private TransactionStatus decisionAfter(GlobalTransactionTemplate chosen, Exception failure) {
        List<Xid> xid = new ArrayList<>();
        assertThatThrownBy(() -> chosen.execute(() -> {
                    xid.add(current());
                    throw failure;
                }))
                .isSameAs(failure);
        return template.outcome(xid.get(0)).map(Outcome::status).orElseThrow();
    }

    private @Nullable Xid xidWithin(Propagation propagation) {
        List<Xid> seen = new ArrayList<>();
        template.withPropagation(propagation).executeWithoutResult(() -> {
            Xid xid = GlobalTransactionContext.currentXid();
            if (xid != null) {
                seen.add(xid);
            }
        });
        return seen.isEmpty() ? null : seen.get(0);
    }

    private void within(Consumer<Xid> check) {
        template.executeWithoutResult(() -> check.accept(current()));
    }

    private static Xid current() {
        return Objects.requireNonNull(GlobalTransactionContext.currentXid());
    }
}
