package io.dtx.rm;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/** Calls through reflection that look as if they had been made directly. */
final class Calls {

    private Calls() {}

    @SuppressWarnings("NullAway") // reflection takes null for "no arguments", and gives null for "void"
    static @Nullable Object forward(Method method, Object target, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
