package io.dtx.spring.jdbc;

import io.dtx.rm.Managed;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Predicate;
import java.util.stream.Stream;
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
import org.springframework.core.SmartClassLoader;
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
        ClassLoader loader = loader(target.getClass());
        ProxyFactory factory = managed(target);
        factory.setProxyTargetClass(canBeExtended(target.getClass(), loader));
        if (!factory.isProxyTargetClass()) {
            LOG.info(
                    "The class {} of DataSource bean '{}' can not be extended (it is final, or the server's and not the"
                            + " application's), so what dtx makes of the bean can be injected as DataSource only",
                    target.getClass().getName(),
                    name);
        }
        // DataSource.getConnection() is declared to return Connection, and a pool may narrow it to a class of its own.
        // The two are different methods to the JVM: each must be given what it is declared to return.
        factory.addAdvisor(advisor(Class::isInterface, wrapping(wrapper)));
        factory.addAdvisor(advisor(type -> !type.isInterface(), wrappingAsItsClass(wrapper)));
        return (DataSource) factory.getProxy(loader);
    }

    /** One whose connections are fetched in another way. To be asked before: {@link #canStandFor}. */
    static DataSource of(DataSource target, MethodInterceptor connections) {
        ProxyFactory factory = managed(target);
        factory.setProxyTargetClass(true);
        factory.addAdvisor(advisor(Class::isInterface, connections));
        return (DataSource) factory.getProxy(loader(target.getClass()));
    }

    private static ProxyFactory managed(DataSource target) {
        ProxyFactory factory = new ProxyFactory(target);
        factory.addInterface(ManagedDataSource.class);
        factory.addAdvisor(answeringForItself());
        return factory;
    }

    /**
     * Whether a proxy can be given to whoever asks for the target's class, up to a class of Spring's that is known to be fit.
     * A proxy has fields of its own, which are empty, and its final methods use those.
     */
    static boolean canStandFor(DataSource target, Class<?> fit) {
        Class<?> type = ClassUtils.getUserClass(target);
        boolean hidden = Stream.of(type.getDeclaredConstructors())
                .allMatch(constructor -> Modifier.isPrivate(constructor.getModifiers()));
        if (hidden || !canBeExtended(type, loader(type))) {
            return false;
        }
        for (Class<?> part = type; part != fit && part != Object.class; part = part.getSuperclass()) {
            if (Stream.of(part.getDeclaredFields()).anyMatch(DataSourceProxy::isOpenToOthers)
                    || Stream.of(part.getDeclaredMethods())
                            .anyMatch(method -> Modifier.isFinal(method.getModifiers()) && isOpenToOthers(method))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isOpenToOthers(Member member) {
        return (member.getModifiers() & (Modifier.STATIC | Modifier.PRIVATE | Modifier.PROTECTED)) == 0
                && !member.isSynthetic();
    }

    /** The target's own, unless that does not see dtx: the pool is in a servlet container's libraries, say, or devtools restarts dtx. */
    private static @Nullable ClassLoader loader(Class<?> target) {
        ClassLoader own = target.getClassLoader();
        return ClassUtils.isVisible(ManagedDataSource.class, own) ? own : ManagedDataSource.class.getClassLoader();
    }

    /** A class can be given to its own loader, and to those that let Spring do that, as that of devtools does. */
    private static boolean canBeExtended(Class<?> target, @Nullable ClassLoader loader) {
        return !Modifier.isFinal(target.getModifiers())
                && (loader == target.getClassLoader() || loader instanceof SmartClassLoader);
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
    static Connection wrap(ConnectionWrapper wrapper, Connection physical) throws SQLException {
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
