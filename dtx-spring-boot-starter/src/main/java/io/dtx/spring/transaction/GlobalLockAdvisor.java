package io.dtx.spring.transaction;

import io.dtx.GlobalLock;
import io.dtx.context.CurrentTransaction.Scope;
import io.dtx.context.LockChecking;
import java.lang.reflect.Method;
import org.aopalliance.intercept.MethodInterceptor;
import org.springframework.aop.support.StaticMethodMatcherPointcutAdvisor;

/** Makes the local transactions of {@link GlobalLock} methods respect the locks of global transactions. */
public final class GlobalLockAdvisor extends StaticMethodMatcherPointcutAdvisor {

    private static final long serialVersionUID = 1L;

    private final transient AnnotationSource<GlobalLock> source = new AnnotationSource<>(GlobalLock.class);

    public GlobalLockAdvisor() {
        // Outside of @Transactional: the locks are asked for when the local transaction commits.
        setOrder(GlobalTransactionalAdvisor.ORDER);
        setAdvice((MethodInterceptor) invocation -> {
            Scope scope = LockChecking.begin();
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
