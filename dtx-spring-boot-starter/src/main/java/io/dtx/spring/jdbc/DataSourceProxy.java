package io.dtx.spring.jdbc;

import io.dtx.rm.Managed;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Predicate;
import javax.sql.DataSource;
import org.aopalliance.intercept.MethodInterceptor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * A proxy of a data source bean that is still an instance of the bean's class, and whose connections are the resource
 * manager's. Every method that returns a connection is intercepted; everything else goes to the bean.
 */
final class DataSourceProxy {

    private static final Logger LOG = LoggerFactory.getLogger(DataSourceProxy.class);

    private DataSourceProxy() {}

    static DataSource of(DataSource target, String name, ConnectionWrapper wrapper) {
        ProxyFactory factory = new ProxyFactory(target);
        factory.addInterface(ManagedDataSource.class);
        factory.setProxyTargetClass(!Modifier.isFinal(target.getClass().getModifiers()));
        if (!factory.isProxyTargetClass()) {
            LOG.info(
                    "DataSource bean '{}' is of the final class {}, so its dtx proxy can be injected as DataSource only",
                    name,
                    target.getClass().getName());
        }
        // DataSource.getConnection() is declared to return Connection, and a pool may narrow it to a class of its own.
        // The
        // two are different methods to the JVM: each must be given what it is declared to return.
        factory.addAdvisor(answeringForItself());
        factory.addAdvisor(advisor(Class::isInterface, wrapping(wrapper)));
        factory.addAdvisor(advisor(type -> !type.isInterface(), wrappingAsItsClass(wrapper)));
        return (DataSource) factory.getProxy(loader(target.getClass()));
    }

    /** The target's own, unless that does not see dtx: with devtools, libraries may be in the loader that is restarted. */
    private static @Nullable ClassLoader loader(Class<?> target) {
        ClassLoader own = target.getClassLoader();
        return ClassUtils.isVisible(ManagedDataSource.class, own) ? own : ManagedDataSource.class.getClassLoader();
    }

    /** The target does not know that it is managed; whoever wraps the proxy asks it by JDBC's own means. */
    private static DefaultPointcutAdvisor answeringForItself() {
        return new DefaultPointcutAdvisor(
                new StaticMethodMatcherPointcut() {
                    @Override
                    public boolean matches(Method method, Class<?> targetClass) {
                        return method.getParameterCount() == 1
                                && method.getParameterTypes()[0] == Class.class
                                && (method.getName().equals("isWrapperFor")
                                        || method.getName().equals("unwrap"));
                    }
                },
                (MethodInterceptor) invocation -> {
                    if (invocation.getArguments()[0] != Managed.class) {
                        return invocation.proceed();
                    }
                    if (invocation.getMethod().getName().equals("isWrapperFor")) {
                        return true;
                    }
                    return ((ProxyMethodInvocation) invocation).getProxy();
                });
    }

    private static DefaultPointcutAdvisor advisor(Predicate<Class<?>> returned, MethodInterceptor interceptor) {
        return new DefaultPointcutAdvisor(
                new StaticMethodMatcherPointcut() {
                    @Override
                    public boolean matches(Method method, Class<?> targetClass) {
                        return Connection.class.isAssignableFrom(method.getReturnType())
                                && returned.test(method.getReturnType());
                    }
                },
                interceptor);
    }

    private static MethodInterceptor wrapping(ConnectionWrapper wrapper) {
        return invocation -> invocation.proceed() instanceof Connection physical ? wrap(wrapper, physical) : null;
    }

    private static MethodInterceptor wrappingAsItsClass(ConnectionWrapper wrapper) {
        return invocation ->
                invocation.proceed() instanceof Connection physical ? ofClass(physical, wrap(wrapper, physical)) : null;
    }

    /** A connection that could not be wrapped goes back to its pool. */
    private static Connection wrap(ConnectionWrapper wrapper, Connection physical) throws SQLException {
        try {
            return wrapper.wrap(physical);
        } catch (SQLException | RuntimeException e) {
            try {
                physical.close();
            } catch (SQLException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    /** The wrapped connection, seen as the pool's own class: what JDBC declares goes through the wrapper. */
    private static Connection ofClass(Connection physical, Connection wrapped) {
        ProxyFactory factory = new ProxyFactory();
        factory.setTarget(physical);
        factory.setProxyTargetClass(true);
        factory.addAdvice((MethodInterceptor) invocation -> {
            Method method = jdbcMethod(invocation.getMethod());
            if (method == null) {
                return invocation.proceed();
            }
            return AopUtils.invokeJoinpointUsingReflection(wrapped, method, invocation.getArguments());
        });
        return (Connection) factory.getProxy(physical.getClass().getClassLoader());
    }

    private static @Nullable Method jdbcMethod(Method method) {
        return ReflectionUtils.findMethod(Connection.class, method.getName(), method.getParameterTypes());
    }
}
