package io.dtx.spring.jdbc;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.GlobalLockScope;
import io.dtx.error.SqlStates;
import io.dtx.rm.Managed;
import io.dtx.spring.jdbc.DataSourceProxyingPostProcessor.Management;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import javax.sql.DataSource;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;
import org.springframework.util.ReflectionUtils;

/**
 * Takes the connections of a routing data source under management, whose targets may come and go. Those that were there at the
 * start are managed themselves; one that comes later is managed from the first connection that it gives.
 */
final class RoutedConnections implements MethodInterceptor {

    private static final Method DETERMINE = ownMethod(AbstractRoutingDataSource.class, "determineTargetDataSource");
    private static final Method KEY = ownMethod(AbstractRoutingDataSource.class, "determineCurrentLookupKey");

    private final AbstractRoutingDataSource routing;
    private final String name;
    private final Management management;
    private final Exclusions exclusions;
    private final boolean keepsTargets;
    private final Set<DataSource> seen = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    RoutedConnections(AbstractRoutingDataSource routing, String name, Management management, Exclusions exclusions) {
        this.routing = routing;
        this.name = name;
        this.management = management;
        this.exclusions = exclusions;
        this.keepsTargets = ownMethod(routing.getClass(), DETERMINE.getName()).equals(DETERMINE);
    }

    /** Those that are there; none before they are resolved, which a subclass that finds them by itself may never do. */
    static Map<Object, DataSource> targets(AbstractRoutingDataSource routing) {
        try {
            return routing.getResolvedDataSources();
        } catch (IllegalStateException unresolved) {
            return Map.of();
        }
    }

    /** The one that gives the current thread its next connection. */
    static DataSource target(AbstractRoutingDataSource routing) {
        return (DataSource) Objects.requireNonNull(ReflectionUtils.invokeMethod(DETERMINE, routing));
    }

    /** Spring's own getConnection asks the target that it determines: so this does, and determines only once. */
    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
        if (invocation.getMethod().getDeclaringClass() == AbstractRoutingDataSource.class) {
            DataSource target = target(routing);
            Object[] account = invocation.getArguments();
            Connection connection = account.length == 0
                    ? target.getConnection()
                    : target.getConnection((String) account[0], (String) account[1]);
            return DataSourceProxy.wrap(physical -> managed(target, physical), connection);
        }
        return invocation.proceed() instanceof Connection connection
                ? DataSourceProxy.wrap(this::managedOfSubclass, connection)
                : null;
    }

    private Connection managedOfSubclass(Connection connection) throws SQLException {
        DataSource target;
        try {
            target = target(routing);
        } catch (RuntimeException e) {
            requireManaged(connection, e);
            return connection;
        }
        if (UnmanagedDataSourceWatch.isManaged(target)) {
            requireManaged(connection, null); // it may be from elsewhere: the target is asked for after it was fetched
        }
        return managed(target, connection);
    }

    private void requireManaged(Connection connection, @Nullable RuntimeException cause) throws SQLException {
        if (isNeeded() && !connection.isWrapperFor(Managed.class)) {
            throw new SQLException(
                    "refused, since a rollback of the global transaction would not undo what is written: DataSource bean '"
                            + name + "' gave a connection from nobody knows where. Let its determineTargetDataSource()"
                            + " give the target, or have the target managed by ResourceManager.wrap(name, target)",
                    SqlStates.REFUSED,
                    cause);
        }
    }

    private Connection managed(DataSource target, Connection connection) throws SQLException {
        // Asked of the target first: a lazy connection would have to be fetched to be asked.
        if (UnmanagedDataSourceWatch.isManaged(target)) {
            return connection;
        }
        DataSource source = source(target);
        String sourceName = sourceName(target);
        return exclusions.contains(source, sourceName) || (isNew(source) && !isNeeded())
                ? connection
                : management.manage(sourceName, source).wrap(connection);
    }

    /** Where the connections come from, or what is excluded on the way there. */
    private DataSource source(DataSource target) {
        DataSource next = target;
        if (exclusions.contains(target)) {
            return target;
        }
        if (target instanceof AbstractRoutingDataSource nested) {
            next = target(nested);
        } else if (target instanceof DelegatingDataSource delegating && delegating.getTargetDataSource() != null) {
            next = delegating.getTargetDataSource();
        }
        return next == target ? target : source(next);
    }

    /** What makes a target for each connection is left alone where it can be: what is managed is remembered for good. */
    private boolean isNew(DataSource source) {
        return !keepsTargets && seen.add(source);
    }

    private static boolean isNeeded() {
        return CurrentTransaction.get() != null || GlobalLockScope.isOpen();
    }

    /** By the key under which the target is known: asked for the current one, some routing data sources give the next in turn. */
    private String sourceName(DataSource target) {
        for (Map.Entry<Object, DataSource> known : targets(routing).entrySet()) {
            if (known.getValue() == target) {
                return name + "[" + known.getKey() + "]";
            }
        }
        if (target == routing.getResolvedDefaultDataSource()) {
            return name + "[default]"; // not by the key that was asked for: what is excluded by that one may come yet
        }
        try {
            Object key = ReflectionUtils.invokeMethod(KEY, routing);
            return key == null ? name : name + "[" + key + "]";
        } catch (RuntimeException e) {
            return name; // it does without keys
        }
    }

    private static Method ownMethod(Class<?> type, String name) {
        Method method = Objects.requireNonNull(ReflectionUtils.findMethod(type, name));
        ReflectionUtils.makeAccessible(method);
        return method;
    }
}
