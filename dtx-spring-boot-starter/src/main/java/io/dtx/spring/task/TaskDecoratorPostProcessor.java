package io.dtx.spring.task;

import java.lang.reflect.Modifier;
import java.util.Objects;
import org.aopalliance.intercept.MethodInterceptor;
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
            Runnable task = (Runnable) arguments[0];
            Runnable handedOver = Decorated.handOver(task);
            arguments[0] = handedOver;
            return Decorated.mark(task, handedOver, (Runnable) Objects.requireNonNull(invocation.proceed()));
        });
        return factory.getProxy(bean.getClass().getClassLoader());
    }
}
