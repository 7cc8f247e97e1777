package io.dtx.rm;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import javax.sql.DataSource;

/** One data source that leads to one database, and then to another: a URL whose host was moved. */
final class Switching {

    private volatile DataSource current;

    Switching(DataSource first) {
        this.current = first;
    }

    void to(DataSource next) {
        current = next;
    }

    DataSource dataSource() {
        return (DataSource) Proxy.newProxyInstance(
                Switching.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    try {
                        return method.invoke(current, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
