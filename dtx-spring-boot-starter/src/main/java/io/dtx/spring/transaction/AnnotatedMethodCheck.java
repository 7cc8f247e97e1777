package io.dtx.spring.transaction;

import io.dtx.GlobalTransactional;
import io.dtx.Propagation;
import io.dtx.error.InDoubtException;
import io.dtx.spring.diagnostics.InvalidConfigurationException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.resilience.retry.MethodRetryPredicate;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Stops the start where a {@link GlobalTransactional} method could not run in a global transaction: one that no proxy can
 * intercept, whose work goes on after it has returned, or whose failure something inside would hide. Silence would mean money
 * moved without a way back. Warns of one whose retry would move it twice.
 */
public final class AnnotatedMethodCheck implements BeanPostProcessor {

    private static final Logger LOG = LoggerFactory.getLogger(AnnotatedMethodCheck.class);

    private static final List<Class<?>> LATER =
            List.of(Future.class, CompletionStage.class, Flow.Publisher.class, Callable.class);
    /** Types of libraries that need not be there. */
    private static final Set<String> LATER_BY_NAME = Set.of(
            "org.reactivestreams.Publisher",
            "org.springframework.web.context.request.async.DeferredResult",
            "org.springframework.web.context.request.async.WebAsyncTask",
            "org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter",
            "org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody");

    private static final String KOTLIN_SUSPEND = "kotlin.coroutines.Continuation";
    private static final String BULKHEAD = "io.github.resilience4j.bulkhead.annotation.Bulkhead";

    private final AnnotationSource<GlobalTransactional> source = new AnnotationSource<>(GlobalTransactional.class);
    private final TransactionTemplates templates;
    /** Each is warned of once, however many beans there are of its class. */
    private final Set<Method> warnedOf = ConcurrentHashMap.newKeySet();

    public AnnotatedMethodCheck(TransactionTemplates templates) {
        this.templates = templates;
    }

    @Override
    public Object postProcessBeforeInitialization(Object bean, String beanName) {
        Class<?> type = ClassUtils.getUserClass(AopUtils.getTargetClass(bean));
        if (source.types().matches(type)) {
            for (Method method : methods(type)) {
                GlobalTransactional annotation = source.of(method, type);
                if (annotation != null) {
                    check(method, type);
                    checkFallback(annotation, method);
                    templates.timeout(annotation, method);
                    warnOfRepetition(annotation, method, type);
                }
            }
        }
        return bean;
    }

    private static Method[] methods(Class<?> type) {
        try {
            return ReflectionUtils.getUniqueDeclaredMethods(type, ReflectionUtils.USER_DECLARED_METHODS);
        } catch (LinkageError | IllegalStateException e) {
            // Something the class names is not on the class path: then none of its methods can be looked at, or called.
            return new Method[0];
        }
    }

    private static void check(Method method, Class<?> type) {
        if (Modifier.isPrivate(method.getModifiers()) || Modifier.isStatic(method.getModifiers())) {
            throw unusable(
                    method, "is " + Modifier.toString(method.getModifiers()), "Make it a public method of the bean.");
        }
        boolean proxiedByInterface = Proxy.isProxyClass(type) || ClassUtils.isLambdaClass(type);
        if (Modifier.isFinal(method.getModifiers()) && !proxiedByInterface) {
            throw unusable(method, "is final", "Remove 'final' (in Kotlin, open the class and its methods).");
        }
        if (Modifier.isFinal(type.getModifiers()) && !proxiedByInterface) {
            throw unusable(
                    method,
                    "belongs to a bean of the final class " + type.getName(),
                    "Remove 'final' from the class (in Kotlin, open it; a record can not be used).");
        }
        if (returnsLater(method)) {
            throw unusable(
                    method,
                    "returns " + method.getReturnType().getSimpleName()
                            + ", so it returns, and the transaction is decided, while its work may still go on",
                    "Return the plain value and wait for the work inside the method. An @Async method returns a future all"
                            + " the same: put @GlobalTransactional on a method of another bean that it calls, which returns"
                            + " the plain value.");
        }
    }

    /**
     * Of Resilience4j's aspects the bulkhead's is inside of the global transaction and outside of the local one: its order is
     * that of {@link GlobalTransactionalAdvisor}, no property moves it, and Spring puts advisors before aspects of the same
     * order. Its fallback would make a normal return of a failure whose local half is rolled back, and the rest would be
     * committed.
     */
    private static void checkFallback(GlobalTransactional annotation, Method method) {
        boolean neverInside =
                annotation.propagation() == Propagation.NOT_SUPPORTED || annotation.propagation() == Propagation.NEVER;
        // As its pointcut looks for it: the annotation itself, on the method or on the class that declares it.
        String fallback = Stream.of(method, method.getDeclaringClass())
                .map(element -> MergedAnnotations.from(element).get(BULKHEAD, MergedAnnotation::isDirectlyPresent))
                .filter(MergedAnnotation::isPresent)
                .map(bulkhead -> bulkhead.getString("fallbackMethod"))
                .findFirst()
                .orElse("");
        if (!neverInside && !fallback.isEmpty()) {
            throw unusable(
                    method,
                    "has a @Bulkhead whose fallback, " + fallback + ", would run inside of the global transaction: an"
                            + " exception that it handles would not roll back, and half of the work could be committed",
                    "Take fallbackMethod off @Bulkhead and put it on a @CircuitBreaker of the same method, which is"
                            + " outside, or on a method of another bean that calls this one.");
        }
    }

    /** Spring's own retry, which repeats every exception that it is not told to leave. */
    private void warnOfRepetition(GlobalTransactional annotation, Method method, Class<?> type) {
        boolean mayBegin = annotation.propagation() == Propagation.REQUIRED
                || annotation.propagation() == Propagation.REQUIRES_NEW;
        Retryable onMethod = AnnotatedElementUtils.findMergedAnnotation(method, Retryable.class);
        Retryable retry =
                onMethod == null ? AnnotatedElementUtils.findMergedAnnotation(type, Retryable.class) : onMethod;
        if (mayBegin && retry != null && repeatsWhatIsInDoubt(retry) && warnedOf.add(method)) {
            LOG.warn(
                    "@Retryable of {}.{} repeats it after an InDoubtException, too: its global transaction may be committed"
                            + " then, and the next attempt does all of it a second time. Write @Retryable(excludes ="
                            + " InDoubtException.class), and ask GlobalTransactionTemplate.outcome(xid) instead",
                    method.getDeclaringClass().getName(),
                    method.getName());
        }
    }

    /** Of a predicate nothing is known. */
    private static boolean repeatsWhatIsInDoubt(Retryable retry) {
        return retry.predicate() == MethodRetryPredicate.class
                && (retry.includes().length == 0 || takesIn(retry.includes()))
                && !takesIn(retry.excludes());
    }

    private static boolean takesIn(Class<? extends Throwable>[] types) {
        return Arrays.stream(types).anyMatch(type -> type.isAssignableFrom(InDoubtException.class));
    }

    private static boolean returnsLater(Method method) {
        Class<?> returned = method.getReturnType();
        return LATER.stream().anyMatch(type -> type.isAssignableFrom(returned))
                || isNamed(returned)
                || ReactiveAdapterRegistry.getSharedInstance().getAdapter(returned) != null
                || Arrays.stream(method.getParameterTypes())
                        .anyMatch(type -> type.getName().equals(KOTLIN_SUSPEND));
    }

    /** Whether the type or any above it is among {@link #LATER_BY_NAME}. */
    private static boolean isNamed(@Nullable Class<?> type) {
        return type != null
                && (LATER_BY_NAME.contains(type.getName())
                        || isNamed(type.getSuperclass())
                        || Arrays.stream(type.getInterfaces()).anyMatch(AnnotatedMethodCheck::isNamed));
    }

    private static InvalidConfigurationException unusable(Method method, String why, String action) {
        boolean own = AnnotatedElementUtils.hasAnnotation(method, GlobalTransactional.class);
        return new InvalidConfigurationException(
                "@GlobalTransactional on " + (own ? "" : "the class of ")
                        + method.getDeclaringClass().getName() + "." + method.getName() + " can not work: the method "
                        + why + ".",
                action);
    }
}
