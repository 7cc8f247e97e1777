package io.dtx.spring.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.GlobalTransactional;
import io.dtx.Propagation;
import io.dtx.error.DtxException;
import io.dtx.error.InDoubtException;
import io.dtx.error.RetryableException;
import io.dtx.spring.autoconfigure.StartFailure;
import io.github.resilience4j.bulkhead.annotation.Bulkhead;
import io.github.resilience4j.circuitbreaker.annotation.CircuitBreaker;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.Method;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.resilience.retry.MethodRetryPredicate;
import org.springframework.scheduling.annotation.Async;
import org.springframework.transaction.annotation.AnnotationTransactionAttributeSource;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.context.request.async.WebAsyncTask;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@ExtendWith(OutputCaptureExtension.class)
class AnnotatedMethodCheckTests {

    private final AnnotatedMethodCheck check = new AnnotatedMethodCheck(new TransactionTemplates(
            () -> {
                throw new AssertionError("not needed at the start");
            },
            new RollbackDefault(
                    new StaticListableBeanFactory().getBeanProvider(AnnotationTransactionAttributeSource.class)),
            text -> text.replace("${wait}", "5s")));

    static Stream<Arguments> unusable() {
        return Stream.of(
                Arguments.of(new PrivateMethod(), "pay", "is private", "public"),
                Arguments.of(new StaticMethod(), "pay", "is static", "public"),
                Arguments.of(new FinalMethod(), "pay", "is final", "Remove 'final'"),
                Arguments.of(new FinalMethodOfAnnotatedClass(), "the class of", "is final", "Remove 'final'"),
                Arguments.of(new ProtectedFinalMethodOfAnnotatedClass(), "the class of", "is final", "Remove 'final'"),
                Arguments.of(new FinalClass(), "pay", "final class", "Remove 'final'"),
                Arguments.of(new Payment(1), "pay", "final class", "record"),
                Arguments.of(new ReturnsFuture(), "pay", "returns Future", "plain value"),
                Arguments.of(new ReturnsCompletableFuture(), "pay", "returns CompletableFuture", "plain value"),
                Arguments.of(
                        new Asynchronous(),
                        "pay",
                        "returns CompletableFuture",
                        "a method of another bean that it calls"),
                Arguments.of(new ReturnsPublisher(), "pay", "returns Publisher", "plain value"),
                Arguments.of(new ReturnsCallable(), "pay", "returns Callable", "plain value"),
                Arguments.of(new ReturnsMono(), "pay", "returns Mono", "plain value"),
                Arguments.of(new ReturnsFlux(), "pay", "returns Flux", "plain value"),
                Arguments.of(new ReturnsPublisherOfItsOwn(), "pay", "returns Feed", "plain value"),
                Arguments.of(new ReturnsDeferredResult(), "pay", "returns DeferredResult", "plain value"),
                Arguments.of(new ReturnsWebAsyncTask(), "pay", "returns WebAsyncTask", "plain value"),
                Arguments.of(new ReturnsEvents(), "pay", "returns SseEmitter", "plain value"),
                Arguments.of(new ReturnsBody(), "pay", "returns StreamingResponseBody", "plain value"),
                Arguments.of(new InheritsFuture(), "pay", "returns Future", "plain value"),
                Arguments.of(new MetaAnnotated(), "pay", "is final", "Remove 'final'"),
                Arguments.of(new FallbackInside(), "pay", "declined, would run inside", "a @CircuitBreaker"),
                Arguments.of(new FallbackOfClassInside(), "pay", "declined, would run inside", "a @CircuitBreaker"),
                Arguments.of(new OddTimeout(), "pay", "'soon'", "30s"),
                Arguments.of(new ZeroTimeout(), "pay", "'0s'", "30s"),
                Arguments.of(new TimeoutWithoutUnit(), "pay", "'30'", "timeout = \"30s\""));
    }

    @ParameterizedTest
    @MethodSource("unusable")
    void aMethodThatCanNotRunInAGlobalTransactionStopsTheStart(Object bean, String where, String why, String action) {
        assertThatThrownBy(() -> check.postProcessBeforeInitialization(bean, "bean"))
                .satisfies(failure -> assertThat(StartFailure.of(failure)).satisfies(analysis -> {
                    assertThat(analysis.getDescription())
                            .contains(
                                    "@GlobalTransactional",
                                    where,
                                    why,
                                    bean.getClass().getName());
                    assertThat(analysis.getAction()).contains(action);
                }));
    }

    @Test
    void usableMethodsPass() {
        assertThatCode(() -> check.postProcessBeforeInitialization(new Usable(), "bean"))
                .doesNotThrowAnyException();
        assertThatCode(() -> check.postProcessBeforeInitialization(new UsableAnnotatedClass(), "bean"))
                .doesNotThrowAnyException();
        assertThatCode(() -> check.postProcessBeforeInitialization(new FallbacksThatHideNothing(), "bean"))
                .doesNotThrowAnyException();
        Runnable lambda = () -> {};
        assertThatCode(() -> check.postProcessBeforeInitialization(lambda, "bean"))
                .doesNotThrowAnyException();
    }

    static Stream<Object> repeatingWhatIsInDoubt() {
        return Stream.of(new Repeated(), new RepeatedByClass(), new RepeatedForAllOfDtx());
    }

    @ParameterizedTest
    @MethodSource("repeatingWhatIsInDoubt")
    void aRetryThatRepeatsWhatMayBeCommittedIsWarnedOfOnce(Object bean, CapturedOutput output) {
        check.postProcessBeforeInitialization(bean, "bean");
        check.postProcessBeforeInitialization(bean, "another");

        assertThat(output.getOut().lines().filter(line -> line.contains("InDoubtException")))
                .singleElement()
                .asString()
                .contains("WARN", bean.getClass().getName() + ".pay", "excludes = InDoubtException.class");
    }

    static Stream<Object> notRepeatingWhatIsInDoubt() {
        return Stream.of(
                new RepeatedButForDoubt(),
                new RepeatedForNothingOfDtx(),
                new RepeatedWhereThatIsSafe(),
                new RepeatedByPredicate(),
                new RepeatedPart());
    }

    @ParameterizedTest
    @MethodSource("notRepeatingWhatIsInDoubt")
    void aRetryThatDoesNotOrMayNotRepeatWhatMayBeCommittedIsNotWarnedOf(Object bean, CapturedOutput output) {
        check.postProcessBeforeInitialization(bean, "bean");

        assertThat(output).doesNotContain("InDoubtException");
    }

    static class Repeated {
        @Retryable
        @GlobalTransactional
        public void pay() {}
    }

    @Retryable
    static class RepeatedByClass {
        @GlobalTransactional(propagation = Propagation.REQUIRES_NEW)
        public void pay() {}
    }

    static class RepeatedForAllOfDtx {
        @Retryable(DtxException.class)
        @GlobalTransactional
        public void pay() {}
    }

    static class RepeatedButForDoubt {
        @Retryable(excludes = InDoubtException.class)
        @GlobalTransactional
        public void pay() {}
    }

    static class RepeatedForNothingOfDtx {
        @Retryable(excludes = DtxException.class)
        @GlobalTransactional
        public void pay() {}
    }

    static class RepeatedWhereThatIsSafe {
        @Retryable({RetryableException.class, ConcurrencyFailureException.class})
        @GlobalTransactional
        public void pay() {}
    }

    static class RepeatedByPredicate {
        @Retryable(predicate = Never.class)
        @GlobalTransactional
        public void pay() {}
    }

    static class Never implements MethodRetryPredicate {
        @Override
        public boolean shouldRetry(Method method, Throwable failure) {
            return false;
        }
    }

    /** Whoever began it commits. */
    static class RepeatedPart {
        @Retryable
        @GlobalTransactional(propagation = Propagation.MANDATORY)
        public void pay() {}
    }

    @Retention(RetentionPolicy.RUNTIME)
    @GlobalTransactional
    @interface Paying {}

    interface Api {
        @GlobalTransactional
        Future<String> pay();
    }

    @SuppressWarnings("UnusedMethod")
    static class PrivateMethod {
        @GlobalTransactional
        private void pay() {}
    }

    static class StaticMethod {
        @GlobalTransactional
        static void pay() {}
    }

    static class FinalMethod {
        @GlobalTransactional
        public final void pay() {}
    }

    @GlobalTransactional
    static class FinalMethodOfAnnotatedClass {
        public final void pay() {}
    }

    @GlobalTransactional
    static class ProtectedFinalMethodOfAnnotatedClass {
        protected final void pay() {}
    }

    static final class FinalClass {
        @GlobalTransactional
        public void pay() {}
    }

    record Payment(int id) {
        @GlobalTransactional
        public void pay() {}
    }

    static class ReturnsFuture {
        @GlobalTransactional
        public Future<String> pay() {
            return CompletableFuture.completedFuture("");
        }
    }

    static class ReturnsCompletableFuture {
        @GlobalTransactional
        public CompletableFuture<String> pay() {
            return CompletableFuture.completedFuture("");
        }
    }

    static class Asynchronous {
        @Async
        @GlobalTransactional
        public CompletableFuture<String> pay() {
            return CompletableFuture.completedFuture("");
        }
    }

    static class ReturnsPublisher {
        @GlobalTransactional
        public Flow.Publisher<String> pay() {
            return subscriber -> {};
        }
    }

    static class ReturnsCallable {
        @GlobalTransactional
        public Callable<String> pay() {
            return () -> "";
        }
    }

    static class ReturnsMono {
        @GlobalTransactional
        public Mono<String> pay() {
            return Mono.just("");
        }
    }

    static class ReturnsFlux {
        @GlobalTransactional
        public Flux<String> pay() {
            return Flux.just("");
        }
    }

    interface Feed extends Publisher<String> {}

    static class ReturnsPublisherOfItsOwn {
        @GlobalTransactional
        public Feed pay() {
            return subscriber -> {};
        }
    }

    static class ReturnsDeferredResult {
        @GlobalTransactional
        public DeferredResult<String> pay() {
            return new DeferredResult<>();
        }
    }

    static class ReturnsWebAsyncTask {
        @GlobalTransactional
        public WebAsyncTask<String> pay() {
            return new WebAsyncTask<>(() -> "");
        }
    }

    static class ReturnsEvents {
        @GlobalTransactional
        public SseEmitter pay() {
            return new SseEmitter();
        }
    }

    static class ReturnsBody {
        @GlobalTransactional
        public StreamingResponseBody pay() {
            return out -> {};
        }
    }

    static class InheritsFuture implements Api {
        @Override
        public Future<String> pay() {
            return CompletableFuture.completedFuture("");
        }
    }

    static class MetaAnnotated {
        @Paying
        public final void pay() {}
    }

    static class FallbackInside {
        @Bulkhead(name = "payments", fallbackMethod = "declined")
        @GlobalTransactional
        public String pay() {
            return "";
        }
    }

    /** What joins would be missing from the rest. */
    @Bulkhead(name = "payments", fallbackMethod = "declined")
    static class FallbackOfClassInside {
        @GlobalTransactional(propagation = Propagation.MANDATORY)
        public String pay() {
            return "";
        }
    }

    static class FallbacksThatHideNothing {
        @CircuitBreaker(name = "payments", fallbackMethod = "declined")
        @Bulkhead(name = "payments")
        @GlobalTransactional
        public String pay() {
            return "";
        }

        @Bulkhead(name = "payments", fallbackMethod = "declined")
        @GlobalTransactional(propagation = Propagation.NOT_SUPPORTED)
        public String ask() {
            return "";
        }
    }

    static class OddTimeout {
        @GlobalTransactional(timeout = "soon")
        public void pay() {}
    }

    static class ZeroTimeout {
        @GlobalTransactional(timeout = "0s")
        public void pay() {}
    }

    static class TimeoutWithoutUnit {
        @GlobalTransactional(timeout = "30")
        public void pay() {}
    }

    @SuppressWarnings("UnusedMethod")
    static class Usable {
        @GlobalTransactional(timeout = "${wait}")
        public String pay() {
            return "";
        }

        private void unrelated() {}

        static Future<String> other() {
            return CompletableFuture.completedFuture("");
        }
    }

    /** What no proxy can intercept is not meant by an annotation on the class. */
    @SuppressWarnings("UnusedMethod")
    @GlobalTransactional
    static class UsableAnnotatedClass {
        void pay() {}

        private void unrelated() {}

        static Future<String> other() {
            return CompletableFuture.completedFuture("");
        }
    }
}
