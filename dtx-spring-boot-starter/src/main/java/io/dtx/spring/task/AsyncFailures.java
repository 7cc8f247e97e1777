package io.dtx.spring.task;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.interceptor.AsyncUncaughtExceptionHandler;
import org.springframework.aop.interceptor.SimpleAsyncUncaughtExceptionHandler;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.InstantiationAwareBeanPostProcessor;
import org.springframework.core.PriorityOrdered;
import org.springframework.scheduling.annotation.AsyncAnnotationBeanPostProcessor;
import org.springframework.scheduling.annotation.AsyncConfigurer;
import org.springframework.scheduling.config.TaskManagementConfigUtils;
import org.springframework.util.function.SingletonSupplier;

/**
 * Vetoes where an {@code @Async} method that returns nothing fails: its exception reaches no caller, only the handler that Spring
 * has for it, which is then told as ever. Set before the annotation's own post-processor makes its advice, which takes the
 * handler with it.
 */
public final class AsyncFailures
        implements InstantiationAwareBeanPostProcessor, PriorityOrdered, AsyncUncaughtExceptionHandler {

    private final SingletonSupplier<AsyncUncaughtExceptionHandler> told;

    /** @param configurers where the application may have a handler of its own */
    public AsyncFailures(ObjectProvider<AsyncConfigurer> configurers) {
        this.told = SingletonSupplier.of(() -> handler(configurers.getIfUnique()));
    }

    @Override
    public boolean postProcessAfterInstantiation(Object bean, String beanName) {
        if (bean instanceof AsyncAnnotationBeanPostProcessor processor
                && beanName.equals(TaskManagementConfigUtils.ASYNC_ANNOTATION_PROCESSOR_BEAN_NAME)) {
            processor.setExceptionHandler(this);
        }
        return true;
    }

    @Override
    public void handleUncaughtException(Throwable failure, Method method, @Nullable Object... arguments) {
        Participation participation = CurrentTransaction.get();
        if (participation != null) {
            participation.veto("the @Async method " + method.getDeclaringClass().getSimpleName() + "."
                    + method.getName() + " failed, and no caller can handle that: " + failure);
        }
        told.obtain().handleUncaughtException(failure, method, arguments);
    }

    private static AsyncUncaughtExceptionHandler handler(@Nullable AsyncConfigurer configurer) {
        AsyncUncaughtExceptionHandler own = configurer == null ? null : configurer.getAsyncUncaughtExceptionHandler();
        return own == null ? new SimpleAsyncUncaughtExceptionHandler() : own;
    }

    @Override
    public int getOrder() {
        return LOWEST_PRECEDENCE;
    }
}
