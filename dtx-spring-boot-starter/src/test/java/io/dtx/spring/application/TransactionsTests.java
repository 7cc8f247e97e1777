package io.dtx.spring.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.dtx.GlobalLock;
import io.dtx.GlobalTransactionContext;
import io.dtx.GlobalTransactionTemplate;
import io.dtx.GlobalTransactional;
import io.dtx.Propagation;
import io.dtx.error.InDoubtException;
import io.dtx.error.RolledBackException;
import io.dtx.error.UsageException;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.spring.transaction.Resourceless;
import io.github.resilience4j.circuitbreaker.annotation.CircuitBreaker;
import io.github.resilience4j.retry.annotation.Retry;
import java.io.IOException;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionAspectSupport;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Global transactions and Spring's local ones on one data source, each with what stays and what is undone. */
class TransactionsTests {

    private static Bank bank;

    @BeforeAll
    static void start() {
        bank = Bank.start(
                Application.class,
                "resilience4j.retry.instances.payments.max-attempts=3",
                "resilience4j.retry.instances.payments.wait-duration=1ms");
    }

    @AfterAll
    static void stop() {
        bank.close();
    }

    @BeforeEach
    void refill() {
        bank.refill();
    }

    @Test
    void localTransactionsInsideStayOrGoWithTheGlobalOne() throws Exception {
        service().global(() -> {
            service().local(() -> add(1));
            return service().local(() -> add(2));
        });
        assertBalances("101 101");

        failing(() -> service().global(() -> {
            service().local(() -> add(1));
            service().local(() -> add(2));
            throw new IllegalStateException("after both");
        }));
        assertBalances("101 101");
    }

    @Test
    void bothAnnotationsOnOneMethodRollBackBoth() throws Exception {
        service().both(() -> add(1));
        failing(() -> service().both(() -> {
            add(1);
            throw new IllegalStateException("no");
        }));

        assertBalances("101 100");
    }

    @DisplayName("I10: a local transaction that is marked rollback-only, in a method that returns, undoes all")
    @Test
    void i10_rollbackOnlyInAMethodWithBothAnnotationsUndoesBoth() {
        assertRollbackOnlyUndoesAll(() -> service().both(() -> {
            add(1);
            local(TransactionDefinition.PROPAGATION_REQUIRES_NEW).execute(status -> add(2));
            TransactionAspectSupport.currentTransactionStatus().setRollbackOnly();
            return "declined";
        }));
    }

    @DisplayName("I10: also one that has written nothing: what others wrote under it may be what was to be undone")
    @Test
    void i10_rollbackOnlyWithoutAWriteUndoesAll() {
        assertRollbackOnlyUndoesAll(() -> service().both(() -> {
            local(TransactionDefinition.PROPAGATION_REQUIRES_NEW).execute(status -> add(2));
            TransactionAspectSupport.currentTransactionStatus().setRollbackOnly();
            return "declined";
        }));
    }

    @DisplayName("I10: also a template's, and one beside an outer local transaction")
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void i10_rollbackOnlyInATemplateUndoesAll(boolean insideAnother) {
        Callable<String> marked =
                () -> local(TransactionDefinition.PROPAGATION_REQUIRES_NEW).execute(status -> {
                    add(1);
                    status.setRollbackOnly();
                    return "declined";
                });

        assertRollbackOnlyUndoesAll(() -> service().global(() -> {
            add(2);
            return insideAnother ? service().local(marked) : marked.call();
        }));
    }

    @DisplayName("I10: also where Spring marks it for a failure that is returned, not thrown")
    @Test
    void i10_aFailedFutureThatALocalTransactionReturnsUndoesAll() {
        assertRollbackOnlyUndoesAll(() -> service().global(() -> {
            add(2);
            return service().local(() -> {
                add(1);
                return CompletableFuture.failedFuture(new IllegalStateException("declined"));
            });
        }));
    }

    @DisplayName("I10: also in a method that joins, and whatever the exception is that leaves")
    @Test
    void i10_rollbackOnlyInAMethodThatJoinsUndoesAll() {
        IOException declined = new IOException("declined");
        assertRollbackOnlyUndoesAll(() -> service().global(() -> {
            add(2);
            return catchThrowable(() -> service().both(() -> {
                add(1);
                TransactionAspectSupport.currentTransactionStatus().setRollbackOnly();
                throw declined;
            }));
        }));
    }

    private static void assertRollbackOnlyUndoesAll(Callable<?> work) {
        assertThatThrownBy(work::call)
                .isInstanceOf(RolledBackException.class)
                .hasMessageContaining("marked rollback-only")
                .hasMessageContaining("throw an exception instead");
        assertBalances("100 100");
    }

    @Test
    void rollbackOnlyInAnInnerMethodIsAnExceptionOfTheOuterLocalTransaction() {
        Callable<String> outer = () -> service().local(() -> {
            add(1);
            return service().local(() -> {
                TransactionAspectSupport.currentTransactionStatus().setRollbackOnly();
                return "declined";
            });
        });

        assertThatThrownBy(() -> service().global(() -> {
                    add(2);
                    return outer.call();
                }))
                .isInstanceOf(UnexpectedRollbackException.class);
        assertBalances("100 100");

        assertThatCode(() -> service().global(() -> {
                    add(2);
                    return catchThrowable(outer::call);
                }))
                .doesNotThrowAnyException();
        assertBalances("100 101");
    }

    @Test
    void rollbackOnlyOfANestedOneUndoesWhatIsAfterItsSavepoint() throws Exception {
        service()
                .global(() -> service().local(() -> {
                    add(1);
                    return local(TransactionDefinition.PROPAGATION_NESTED).execute(status -> {
                        add(2);
                        status.setRollbackOnly();
                        return "declined";
                    });
                }));

        assertBalances("101 100");
    }

    @Test
    void rollbackOnlyOutsideOfTheGlobalTransactionIsNoAffairOfIt() throws Exception {
        service().global(() -> {
            add(1);
            return service()
                    .notSupported(() -> service().local(() -> {
                        add(2);
                        TransactionAspectSupport.currentTransactionStatus().setRollbackOnly();
                        return "declined";
                    }));
        });
        service().local(() -> {
            add(2);
            TransactionAspectSupport.currentTransactionStatus().setRollbackOnly();
            return "declined";
        });

        assertBalances("101 100");
    }

    @Test
    void aLocalTransactionOutsideIsRefusedBeforeAnythingRuns() {
        assertThatThrownBy(() -> service().local(() -> service().global(() -> add(1))))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("Service.local")
                .hasMessageContaining("Put @GlobalTransactional on the method that opens the local transaction");
        assertThatThrownBy(() -> service().local(() -> template().execute(() -> add(1))))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("inside an open local transaction");

        assertBalances("100 100");
    }

    /** As Spring Batch has one around a step, and brokers around a listener. */
    @Test
    void aTransactionOfSpringsThatIsOfNoDatabaseMayBeOutside() {
        TransactionTemplate step = new TransactionTemplate(new Resourceless());
        step.executeWithoutResult(status -> {
            bank.balances(); // keeps a connection for the time of the step
            assertThatCode(() -> service().global(() -> service().local(() -> add(1))))
                    .doesNotThrowAnyException();
            failing(() -> service().global(() -> {
                add(1);
                service().local(() -> add(2));
                throw new IllegalStateException("after both");
            }));
        });

        assertBalances("101 100");
    }

    @Test
    void aLocalRollbackInsideThatIsHandledThereLeavesTheRest() throws Exception {
        service().global(() -> {
            add(1);
            return catchThrowable(() -> service().local(() -> {
                add(2);
                throw new IllegalStateException("handled by the caller");
            }));
        });

        assertBalances("101 100");
    }

    @Test
    void aSavepointInsideIsUndoneAlone() throws Exception {
        service()
                .global(() -> service().local(() -> {
                    add(1);
                    TransactionTemplate nested = local(TransactionDefinition.PROPAGATION_NESTED);
                    return catchThrowable(() -> nested.execute(status -> {
                        add(2);
                        throw new IllegalStateException("to the savepoint");
                    }));
                }));
        assertBalances("101 100");

        failing(() -> service().global(() -> {
            service().local(() -> {
                add(1);
                return catchThrowable(
                        () -> local(TransactionDefinition.PROPAGATION_NESTED).execute(status -> {
                            add(2);
                            throw new IllegalStateException("to the savepoint");
                        }));
            });
            throw new IllegalStateException("all of it");
        }));
        assertBalances("101 100");
    }

    @Test
    void aLocalTransactionOfItsOwnInsideIsABranchLikeTheOther() {
        failing(() -> service().global(() -> {
            service().local(() -> {
                add(1);
                return local(TransactionDefinition.PROPAGATION_REQUIRES_NEW).execute(status -> add(2));
            });
            throw new IllegalStateException("after both");
        }));

        assertBalances("100 100");
    }

    @Test
    void aReadOnlyLocalTransactionInsideReads() throws Exception {
        assertThat(service().global(() -> service().readOnly(bank::balances))).isEqualTo("100 100");
    }

    @Test
    void whatIsExpresslyOutsideStays() {
        failing(() -> service().global(() -> {
            add(1);
            service().notSupported(() -> add(2));
            throw new IllegalStateException("inside");
        }));

        assertBalances("100 101");
    }

    @Test
    void anInnerGlobalTransactionOfItsOwnStaysWhenTheOuterRollsBack() {
        failing(() -> service().global(() -> {
            add(1);
            service().requiresNew(() -> add(2));
            throw new IllegalStateException("outer");
        }));

        assertBalances("100 101");
    }

    @Test
    void anInnerGlobalTransactionOfItsOwnRollsBackAlone() throws Exception {
        service().global(() -> {
            add(1);
            return catchThrowable(() -> service().requiresNew(() -> {
                add(2);
                throw new IllegalStateException("inner");
            }));
        });

        assertBalances("101 100");
    }

    @Test
    void anInnerGlobalTransactionCanNotTouchRowsOfTheSuspendedOne() throws Exception {
        Throwable refused = service().global(() -> {
            add(1);
            return catchThrowable(() -> service().requiresNew(() -> add(1)));
        });

        assertThat(refused).isInstanceOf(ConcurrencyFailureException.class).hasMessageContaining("held by");
        assertBalances("101 100");
    }

    @ParameterizedTest
    @CsvSource({
        "REQUIRED, 100 100",
        "SUPPORTS, 100 100",
        "MANDATORY, 100 100",
        "REQUIRES_NEW, 100 101",
        "NOT_SUPPORTED, 100 101"
    })
    void whenTheOuterOneFailsWhatHadJoinedItIsUndone(Propagation propagation, String balances) {
        failing(() -> service().global(() -> {
            add(1);
            template().withPropagation(propagation).execute(() -> add(2));
            throw new IllegalStateException("outer");
        }));

        assertBalances(balances);
    }

    @ParameterizedTest
    @CsvSource({
        "REQUIRED, 100 100",
        "REQUIRES_NEW, 100 100",
        "SUPPORTS, 100 101",
        "NOT_SUPPORTED, 100 101",
        "NEVER, 100 101"
    })
    void withoutAnOuterOneAFailureUndoesWhatBeganOne(Propagation propagation, String balances) {
        failing(() -> template().withPropagation(propagation).execute(() -> {
            add(2);
            throw new IllegalStateException("after the write");
        }));

        assertBalances(balances);
    }

    @Test
    void whatMustNotBeInsideOrOutsideIsRefusedBeforeItRuns() {
        assertThatThrownBy(() -> service().global(() -> {
                    add(1);
                    return template().withPropagation(Propagation.NEVER).execute(() -> add(2));
                }))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("NEVER");
        assertThatThrownBy(
                        () -> template().withPropagation(Propagation.MANDATORY).execute(() -> add(2)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("MANDATORY");

        assertBalances("100 100");
    }

    @DisplayName("I10: what is marked with @GlobalLock does not write into a global transaction that is not decided")
    @Test
    void i10_globalLockKeepsOffWhatIsNotDecided() throws Exception {
        service().global(() -> {
            add(1);
            assertThat(onAnotherThread(() -> service().locking(() -> add(1))))
                    .isInstanceOf(ConcurrencyFailureException.class)
                    .hasMessageContaining("held by");
            assertThat(onAnotherThread(() -> service().locking(() -> add(2)))).isNull();
            return "done";
        });
        service().locking(() -> add(1));

        assertBalances("102 101");
    }

    /** What the work, outside of the thread's transactions, ends with; null for success. */
    private static @Nullable Throwable onAnotherThread(Callable<?> work) {
        return CompletableFuture.supplyAsync(() -> catchThrowable(work::call)).join();
    }

    @ParameterizedTest
    @EnumSource(
            value = Propagation.class,
            names = {"REQUIRED", "SUPPORTS", "MANDATORY"})
    void aJoinedFailureThatIsSwallowedUndoesAll(Propagation propagation) {
        assertThatThrownBy(() -> service().global(() -> {
                    add(1);
                    return catchThrowable(
                            () -> template().withPropagation(propagation).execute(() -> {
                                add(2);
                                throw new IllegalStateException("swallowed");
                            }));
                }))
                .isInstanceOf(RolledBackException.class)
                .hasMessageContaining("swallowed");

        assertBalances("100 100");
    }

    @Test
    void exceptionsThatDoNotRollBackCommit() {
        assertThatThrownBy(() -> service().global(() -> {
                    add(1);
                    throw new IOException("checked");
                }))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> service().withRules(() -> {
                    add(1);
                    throw new IOException("named");
                }))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> service().withRules(() -> {
                    add(1);
                    throw new IllegalArgumentException("named not to");
                }))
                .isInstanceOf(IllegalArgumentException.class);

        assertBalances("102 100");
    }

    @DisplayName("I10: an exception that does not roll back commits nothing while a local transaction inside is undone")
    @Test
    void i10_aCheckedExceptionDoesNotCommitTheRestOfWhatWasUndone() {
        IOException noMoney = new IOException("no money");
        assertThatThrownBy(() -> service().global(() -> {
                    service().local(() -> add(1));
                    return service().undoneByAny(() -> {
                        add(2);
                        throw noMoney;
                    });
                }))
                .isInstanceOf(RolledBackException.class)
                .hasMessageContaining("no money")
                .hasMessageContaining("rollbackFor")
                .hasSuppressedException(noMoney);

        assertBalances("100 100");
    }

    @Test
    void aCheckedExceptionOfAMethodThatJoinedIsJudgedByTheOneThatBegan() throws Exception {
        service().global(() -> {
            add(1);
            return catchThrowable(() -> service()
                    .global(() -> service().undoneByAny(() -> {
                        add(2);
                        throw new IOException("handled by the caller");
                    })));
        });
        assertBalances("101 100");

        assertThatThrownBy(() -> service().global(() -> {
                    add(1);
                    return service()
                            .global(() -> service().undoneByAny(() -> {
                                add(2);
                                throw new IOException("handled by nobody");
                            }));
                }))
                .isInstanceOf(RolledBackException.class);
        assertBalances("101 100");
    }

    @DisplayName("I10: a statement that could not commit is not left out under an exception that does not roll back")
    @Test
    void i10_aRefusedStatementBehindACheckedExceptionCommitsNothing() throws Exception {
        whileAnotherHolds(
                2,
                () -> assertThatThrownBy(() -> service().global(() -> {
                            add(1);
                            try {
                                return add(2);
                            } catch (ConcurrencyFailureException conflict) {
                                throw new IOException("try later", conflict);
                            }
                        }))
                        .isInstanceOf(RolledBackException.class)
                        .hasMessageContaining("try later"));

        assertBalances("100 101");
    }

    @DisplayName("I10: an interrupt between two writes undoes the first")
    @Test
    void i10_anInterruptRollsBack() {
        assertThatThrownBy(() -> service().global(() -> {
                    add(1);
                    throw new InterruptedException("stop");
                }))
                .isInstanceOf(InterruptedException.class);

        assertBalances("100 100");
    }

    @DisplayName("I10: a commit that fails where Spring swallows the failure undoes the whole transaction")
    @Test
    void i10_anImplicitCommitThatFailsUndoesTheTransaction() throws Exception {
        whileAnotherHolds(
                2,
                () -> assertThatThrownBy(() -> service().both(() -> {
                            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                                @Override
                                public void afterCompletion(int status) {
                                    add(2);
                                }
                            });
                            return add(1);
                        }))
                        .isInstanceOf(RolledBackException.class)
                        .hasMessageContaining("an implicit commit failed"));

        assertBalances("100 101");
    }

    /** Runs work while a global transaction that commits afterwards has written one account. */
    private static void whileAnotherHolds(int account, Runnable work) throws Exception {
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        CompletableFuture<String> other =
                CompletableFuture.supplyAsync(() -> template().execute(() -> {
                    add(account);
                    written.countDown();
                    await(over);
                    return "done";
                }));
        try {
            await(written);
            work.run();
        } finally {
            over.countDown();
            other.join();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Spring", "Resilience4j"})
    void aRetriedMethodLeavesOnlyItsLastAttempt(String by) throws Exception {
        Set<Xid> attempts = new HashSet<>();
        Callable<String> work = () -> {
            add(1);
            attempts.add(Objects.requireNonNull(GlobalTransactionContext.currentXid()));
            if (attempts.size() < 3) {
                throw new IllegalStateException("attempt " + attempts);
            }
            return "done";
        };

        assertThat(by.equals("Spring") ? service().retried(work) : service().retriedByResilience4j(work))
                .isEqualTo("done");

        assertThat(attempts).hasSize(3);
        assertBalances("101 100");
    }

    /** Many a payment is not made a second time if its row is there already: that of the attempt before must be gone. */
    @Test
    @DisplayName("I10: an attempt right after a rollback finds nothing of the one before")
    void i10_anAttemptRightAfterARollbackFindsNothingOfTheOneBefore() throws Exception {
        for (int round = 0; round < 10; round++) {
            AtomicInteger attempts = new AtomicInteger();
            assertThat(service().retriedCommittingEachPart(() -> {
                        if (!bank.balances().equals("100 100")) {
                            return "done already";
                        }
                        service().local(() -> add(1));
                        if (attempts.incrementAndGet() < 3) {
                            throw new IllegalStateException("after the local commit");
                        }
                        return "done";
                    }))
                    .isEqualTo("done");
            assertThat(bank.balances()).isEqualTo("101 100");
            bank.refill();
        }
    }

    @Test
    void aRetryInsideIsInTheSameTransactionAndCanNotSaveIt() {
        AtomicInteger attempts = new AtomicInteger();

        assertThatThrownBy(() -> service()
                        .global(() -> service().joiningRetried(() -> {
                            add(2);
                            if (attempts.incrementAndGet() < 3) {
                                throw new IllegalStateException("attempt " + attempts);
                            }
                            return "done";
                        })))
                .isInstanceOf(ConcurrencyFailureException.class)
                .hasMessageContaining("already rolled back")
                .hasMessageContaining("attempt 1");

        assertBalances("100 100");
    }

    @Test
    void aCircuitBreakersFallbackAnswersForWorkThatIsUndone() throws Exception {
        assertThat(service().guarded(() -> {
                    add(1);
                    throw new IllegalStateException("broken");
                }))
                .isEqualTo("fallback for broken");

        assertBalances("100 100");
    }

    @Test
    void aCallOfItsOwnMethodIsNotSeen() throws Exception {
        assertThat(service().callsItself()).as("as with @Transactional").isNull();
    }

    @DisplayName("I10: a template's work is undone as an annotated method's is")
    @Test
    void i10_aTemplatesWorkIsUndone() {
        assertThatThrownBy(() -> template().execute(() -> {
                    add(1);
                    throw new IllegalStateException("in the template");
                }))
                .hasMessage("in the template");

        assertBalances("100 100");
    }

    @Test
    void theOutcomeIsAskedForByXid() throws Exception {
        Xid xid = service().global(() -> Objects.requireNonNull(GlobalTransactionContext.currentXid()));

        assertThat(template().outcome(xid))
                .hasValueSatisfying(outcome -> assertThat(outcome.status()).isEqualTo(TransactionStatus.COMMITTED));
    }

    private static void failing(Callable<?> work) {
        assertThatThrownBy(work::call).isExactlyInstanceOf(IllegalStateException.class);
    }

    private static TransactionTemplate local(int propagation) {
        TransactionTemplate template = new TransactionTemplate(bank.bean(PlatformTransactionManager.class));
        template.setPropagationBehavior(propagation);
        return template;
    }

    private static String add(int account) {
        return bank.addOneTo(account);
    }

    private static Service service() {
        return bank.bean(Service.class);
    }

    private static GlobalTransactionTemplate template() {
        return bank.bean(GlobalTransactionTemplate.class);
    }

    private static void assertBalances(String expected) {
        bank.assertBalances(expected);
    }

    static class Service {

        @GlobalTransactional
        public <T> T global(Callable<T> work) throws Exception {
            return work.call();
        }

        @Transactional
        public <T> T local(Callable<T> work) throws Exception {
            return work.call();
        }

        @Transactional(rollbackFor = Exception.class)
        public <T> T undoneByAny(Callable<T> work) throws Exception {
            return work.call();
        }

        @Transactional(readOnly = true)
        public <T> T readOnly(Callable<T> work) throws Exception {
            return work.call();
        }

        @GlobalTransactional
        @Transactional
        public <T> T both(Callable<T> work) throws Exception {
            return work.call();
        }

        @GlobalTransactional(propagation = Propagation.REQUIRES_NEW)
        public <T> T requiresNew(Callable<T> work) throws Exception {
            return work.call();
        }

        @GlobalTransactional(propagation = Propagation.NOT_SUPPORTED)
        public <T> T notSupported(Callable<T> work) throws Exception {
            return work.call();
        }

        @GlobalTransactional(rollbackFor = IOException.class, noRollbackFor = IllegalArgumentException.class)
        public <T> T withRules(Callable<T> work) throws Exception {
            return work.call();
        }

        @GlobalLock
        @Transactional
        public <T> T locking(Callable<T> work) throws Exception {
            return work.call();
        }

        @Retry(name = "payments")
        @GlobalTransactional
        @Transactional
        public <T> T retriedByResilience4j(Callable<T> work) throws Exception {
            return work.call();
        }

        @Retry(name = "payments")
        @GlobalTransactional
        public <T> T joiningRetried(Callable<T> work) throws Exception {
            return work.call();
        }

        @CircuitBreaker(name = "payments", fallbackMethod = "fallback")
        @GlobalTransactional
        public String guarded(Callable<String> work) throws Exception {
            return work.call();
        }

        String fallback(Callable<String> work, IllegalStateException error) {
            return "fallback for " + error.getMessage();
        }

        @Retryable(maxRetries = 3, delay = 1, excludes = InDoubtException.class)
        @GlobalTransactional
        @Transactional
        public <T> T retried(Callable<T> work) throws Exception {
            return work.call();
        }

        @Retryable(maxRetries = 3, delay = 1)
        @GlobalTransactional
        public <T> T retriedCommittingEachPart(Callable<T> work) throws Exception {
            return work.call();
        }

        public Xid callsItself() throws Exception {
            return global(GlobalTransactionContext::currentXid);
        }
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    @EnableResilientMethods(proxyTargetClass = true)
    @Import(Service.class)
    static class Application {

        @Bean
        DataSource dataSource() {
            return Accounts.database("transactions");
        }
    }
}
