package io.dtx.spring.web;

import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * The container's response, unrecognisable to the container. After a forward, Tomcat looks through all wrappers for a response
 * of its own and finishes it there and then: before the verdict is in, and without what is held back.
 */
final class OpaqueResponse {

    private OpaqueResponse() {}

    static HttpServletResponse of(HttpServletResponse response) {
        return (HttpServletResponse) Proxy.newProxyInstance(
                OpaqueResponse.class.getClassLoader(),
                new Class<?>[] {HttpServletResponse.class},
                (proxy, method, arguments) -> {
                    try {
                        return method.invoke(response, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getTargetException();
                    }
                });
    }
}
