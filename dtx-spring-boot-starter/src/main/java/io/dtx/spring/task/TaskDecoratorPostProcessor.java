package io.dtx.spring.task;

import java.lang.reflect.Modifier;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.Objects;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.task.TaskDecorator;

/**
 * Makes the application's own task decorators take the global transaction along. Not a second decorator beside them: an
 * application that injects its decorator by type has to find one.
 */
public final class TaskDecoratorPostProcessor implements BeanPostProcessor {

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (!(bean instanceof TaskDecorator) || bean instanceof PropagatingTaskDecorator) {
            return bean;
        }
        ProxyFactory factory = new ProxyFactory(bean);
        // A lambda's class is final, too, and nobody can inject it by that.
        factory.setProxyTargetClass(!Modifier.isFinal(bean.getClass().getModifiers())
                && !bean.getClass().isHidden());
        factory.addAdvice((MethodInterceptor) invocation -> {
            Object[] arguments = invocation.getArguments();
            if (!invocation.getMethod().getName().equals("decorate") || arguments.length != 1) {
                return invocation.proceed();
            }
            return Decorated.of((Runnable) arguments[0], task -> {
                arguments[0] = task;
                return decorated(invocation);
            });
        });
        return factory.getProxy(bean.getClass().getClassLoader());
    }

    private static Runnable decorated(MethodInvocation invocation) {
        try {
            return (Runnable) Objects.requireNonNull(invocation.proceed());
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new UndeclaredThrowableException(e); // it declares none
        }
    }
}
