package io.dtx.spring.transaction;

import io.dtx.GlobalLock;
import io.dtx.context.CurrentTransaction.Scope;
import io.dtx.context.GlobalLockScope;
import java.lang.reflect.Method;
import org.aopalliance.intercept.MethodInterceptor;
import org.springframework.aop.support.StaticMethodMatcherPointcutAdvisor;

/**
 * Lets local transactions of {@link GlobalLock} methods respect global locks. Outside of {@code @Transactional}: the scope is
 * open when the local transaction commits.
 */
public final class GlobalLockAdvisor extends StaticMethodMatcherPointcutAdvisor {

    private static final long serialVersionUID = 1L;

    private final transient AnnotationSource<GlobalLock> source = new AnnotationSource<>(GlobalLock.class);

    public GlobalLockAdvisor() {
        setClassFilter(source.types());
        setOrder(GlobalTransactionalAdvisor.ORDER);
        setAdvice((MethodInterceptor) invocation -> {
            Scope scope = GlobalLockScope.open();
            try {
                return invocation.proceed();
            } finally {
                scope.close();
            }
        });
    }

    @Override
    public boolean matches(Method method, Class<?> targetClass) {
        return source.of(method, targetClass) != null;
    }
}
