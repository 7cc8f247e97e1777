package io.dtx.spring.transaction;

import io.dtx.GlobalTransactional;
import java.lang.reflect.Method;
import org.aopalliance.aop.Advice;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.StaticMethodMatcherPointcutAdvisor;
import org.springframework.core.Ordered;

/**
 * Runs {@link GlobalTransactional} methods in global transactions. Outside of {@code @Transactional}, so that local
 * transactions are over when the decision is asked for, and inside of everything that repeats a call.
 */
public final class GlobalTransactionalAdvisor extends StaticMethodMatcherPointcutAdvisor {

    /** Just outside of Spring's transaction interceptor, whose default is the lowest precedence. */
    public static final int ORDER = Ordered.LOWEST_PRECEDENCE - 1;

    private static final long serialVersionUID = 1L;

    private final transient AnnotationSource<GlobalTransactional> source =
            new AnnotationSource<>(GlobalTransactional.class);

    /** @param templates how each method's annotation is carried out */
    public GlobalTransactionalAdvisor(TransactionTemplates templates) {
        setClassFilter(source.types());
        setOrder(ORDER);
        setAdvice(interceptor(templates));
    }

    @Override
    public boolean matches(Method method, Class<?> targetClass) {
        return source.of(method, targetClass) != null;
    }

    // NullAway does not follow the nullable type argument that Work allows.
    @SuppressWarnings("NullAway")
    private Advice interceptor(TransactionTemplates templates) {
        return (MethodInterceptor) invocation -> {
            Class<?> targetClass = targetClass(invocation);
            GlobalTransactional annotation = source.of(invocation.getMethod(), targetClass);
            if (annotation == null) {
                return invocation.proceed();
            }
            return templates
                    .of(annotation, invocation.getMethod(), targetClass)
                    .<@Nullable Object, Throwable>execute(invocation::proceed);
        };
    }

    private static Class<?> targetClass(MethodInvocation invocation) {
        Object target = invocation.getThis();
        return target == null ? invocation.getMethod().getDeclaringClass() : AopUtils.getTargetClass(target);
    }
}
