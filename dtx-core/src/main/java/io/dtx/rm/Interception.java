package io.dtx.rm;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.sql.Wrapper;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is done when an intercepted method is called.
 *
 * @param <T> the class that does it
 */
@FunctionalInterface
interface Interception<T> {

    @Nullable Object run(T self, Call call) throws Throwable;

    /** What is told each error that leaves a proxy, whichever method raised it. */
    interface Hearing {
        void raised(SQLException error);
    }

    /** One call of one method. */
    @SuppressWarnings("ArrayRecordComponent") // carried, never compared
    record Call(Object proxy, Object target, Method method, Object[] arguments) {

        @Nullable Object forward() throws Throwable {
            return Calls.forward(method, target, arguments);
        }

        <V> V argument(int index, Class<V> type) {
            return type.cast(arguments[index]);
        }
    }

    /**
     * The handler behind a proxy of a JDBC object: looks a method up in its table, and forwards what is not there.
     *
     * @param self what the table's entries are run on
     * @param target the object behind the proxy
     * @param table by method name
     */
    record Handler<T extends Hearing>(T self, Object target, Map<String, Interception<T>> table)
            implements InvocationHandler {

        private static final Object[] NO_ARGUMENTS = {};

        /** What is called while the connection's own thread uses it; a driver may open another connection for it, and fail. */
        private static final Set<String> OF_OTHER_THREADS = Set.of("cancel", "abort");

        /** @param type the interface that the proxy has, which may be a richer one than the target's */
        static <T extends Hearing, P> P proxy(
                Class<? extends P> type, T self, P target, Map<String, Interception<T>> table) {
            return type.cast(Proxy.newProxyInstance(
                    Interception.class.getClassLoader(), new Class<?>[] {type}, new Handler<>(self, target, table)));
        }

        /** What is behind a proxy, if it is one of ours for such an object. */
        static <T> @Nullable T behind(Object proxy, Class<T> selfType) {
            return Proxy.isProxyClass(proxy.getClass())
                            && Proxy.getInvocationHandler(proxy) instanceof Handler<?> handler
                            && selfType.isInstance(handler.self())
                    ? selfType.cast(handler.self())
                    : null;
        }

        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
            try {
                return call(proxy, method, arguments);
            } catch (SQLException e) {
                if (!OF_OTHER_THREADS.contains(method.getName())) {
                    self.raised(e);
                }
                throw e;
            }
        }

        @SuppressWarnings("NullAway") // reflection: null for "no arguments" and for "void"
        private Object call(Object proxy, Method method, Object[] arguments) throws Throwable {
            Interception<T> interception = table.get(method.getName());
            if (interception != null) {
                Object[] given = arguments == null ? NO_ARGUMENTS : arguments;
                return interception.run(self, new Call(proxy, target, method, given));
            }
            if (method.getDeclaringClass() == Object.class) {
                return ofObject(proxy, method, arguments);
            }
            if (method.getDeclaringClass() == Wrapper.class) {
                return ofWrapper(proxy, method, (Class<?>) arguments[0]);
            }
            return Calls.forward(method, target, arguments);
        }

        private Object ofObject(Object proxy, Method method, Object[] arguments) {
            return switch (method.getName()) {
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "dtx(" + target + ")";
            };
        }

        private @Nullable Object ofWrapper(Object proxy, Method method, Class<?> type) throws Throwable {
            boolean asks = method.getName().equals("isWrapperFor");
            if (type.isInstance(proxy)) {
                return asks ? true : proxy;
            }
            if (type.isInstance(target)) {
                return asks ? true : target;
            }
            return Calls.forward(method, target, new Object[] {type});
        }
    }

    /** A method that returns nothing. */
    interface Action<T> {
        void run(T self, Call call) throws SQLException;
    }

    static <T> Interception<T> action(Action<T> action) {
        return (self, call) -> {
            action.run(self, call);
            return null;
        };
    }
}
