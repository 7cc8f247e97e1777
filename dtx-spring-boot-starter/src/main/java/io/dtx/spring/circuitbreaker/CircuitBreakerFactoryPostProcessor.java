package io.dtx.spring.circuitbreaker;

import java.lang.reflect.Modifier;
import org.aopalliance.intercept.MethodInterceptor;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.cloud.client.circuitbreaker.CircuitBreaker;
import org.springframework.cloud.client.circuitbreaker.CircuitBreakerFactory;

/**
 * Makes the circuit breakers of every factory bean carry the global transaction, whatever their implementation does with
 * threads. The factory keeps its class, since applications configure it by that.
 */
public final class CircuitBreakerFactoryPostProcessor implements BeanPostProcessor {

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (!(bean instanceof CircuitBreakerFactory<?, ?>)) {
            return bean;
        }
        if (Modifier.isFinal(bean.getClass().getModifiers())) {
            throw new IllegalStateException("The circuit breaker factory '" + beanName + "' is of the final class "
                    + bean.getClass().getName() + ", which dtx can not wrap: make the class extensible.");
        }
        ProxyFactory factory = new ProxyFactory(bean);
        factory.setProxyTargetClass(true);
        factory.addAdvice((MethodInterceptor) invocation -> {
            Object result = invocation.proceed();
            return result instanceof CircuitBreaker breaker && !(breaker instanceof PropagatingCircuitBreaker)
                    ? new PropagatingCircuitBreaker(breaker)
                    : result;
        });
        return factory.getProxy(bean.getClass().getClassLoader());
    }
}
