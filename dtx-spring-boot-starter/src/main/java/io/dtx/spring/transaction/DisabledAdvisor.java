package io.dtx.spring.transaction;

import io.dtx.GlobalTransactional;
import io.dtx.error.UsageException;
import java.lang.reflect.Method;
import org.aopalliance.intercept.MethodInterceptor;
import org.springframework.aop.support.StaticMethodMatcherPointcutAdvisor;

/** Makes {@link GlobalTransactional} methods fail while dtx is switched off. */
public final class DisabledAdvisor extends StaticMethodMatcherPointcutAdvisor {

    /** Why nothing can begin, and what to do. */
    public static final String REMEDY =
            "dtx.enabled=false: enable dtx, or set dtx.disabled-behaviour=ignore to run such work" + " without one";

    private static final long serialVersionUID = 1L;

    private final transient AnnotationSource<GlobalTransactional> source =
            new AnnotationSource<>(GlobalTransactional.class);

    public DisabledAdvisor() {
        setClassFilter(source.types());
        setOrder(GlobalTransactionalAdvisor.ORDER);
        setAdvice((MethodInterceptor) invocation -> {
            Method method = invocation.getMethod();
            throw new UsageException(
                    null,
                    method.getDeclaringClass().getSimpleName() + "." + method.getName()
                            + " needs a global transaction, but " + REMEDY);
        });
    }

    @Override
    public boolean matches(Method method, Class<?> targetClass) {
        return source.of(method, targetClass) != null;
    }
}
