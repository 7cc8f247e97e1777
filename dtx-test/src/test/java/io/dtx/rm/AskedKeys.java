package io.dtx.rm;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the keys that a coordinator is asked about before a local transaction registers its branch. */
final class AskedKeys {

    private final AtomicInteger keys = new AtomicInteger();

    /** Since it was asked last. */
    int count() {
        return keys.getAndSet(0);
    }

    Coordinator of(Coordinator target) {
        return (Coordinator) Proxy.newProxyInstance(
                AskedKeys.class.getClassLoader(), new Class<?>[] {Coordinator.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("checkLocks")
                            || method.getName().equals("areFree")) {
                        keys.addAndGet(((Collection<?>) arguments[1]).size());
                    }
                    try {
                        return method.invoke(target, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
