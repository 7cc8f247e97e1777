package io.dtx.spring.jdbc;

import io.dtx.context.CurrentTransaction;
import io.dtx.model.Xid;
import io.dtx.rm.Managed;
import io.dtx.spring.transaction.EveryTransactionManagersListener;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.jdbc.datasource.ConnectionHandle;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.ConnectionProxy;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.SimpleConnectionHandle;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Reports a data source that slipped through, since what is written there stays after a rollback: a bean that was made before
 * dtx could see it; and, inside a global transaction, one on which one of Spring's transaction managers begins a local
 * transaction that is not read-only, or commits one on a connection of another data source than its own.
 *
 * <p>Not seen: connections that are taken without a Spring transaction from a data source that is no bean.
 */
public final class UnmanagedDataSourceWatch extends EveryTransactionManagersListener
        implements SmartInitializingSingleton {

    private static final Logger LOG = LoggerFactory.getLogger(UnmanagedDataSourceWatch.class);

    private final ConfigurableListableBeanFactory beanFactory;
    private final DataSourceProxyingPostProcessor dataSources;
    /** Each is reported once. */
    private final Set<DataSource> reported =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    /** @param dataSources knows those that the application has left out on purpose */
    public UnmanagedDataSourceWatch(
            ConfigurableListableBeanFactory beanFactory, DataSourceProxyingPostProcessor dataSources) {
        this.beanFactory = beanFactory;
        this.dataSources = dataSources;
    }

    /** Looks at what is there, and makes nothing. */
    @Override
    public void afterSingletonsInstantiated() {
        for (String name : beanFactory.getBeanNamesForType(DataSource.class, false, false)) {
            if (beanFactory.getSingleton(name) instanceof DataSource dataSource
                    && !dataSources.leavesOut(dataSource, name)
                    && slippedThrough(dataSource, UnmanagedDataSourceWatch::targets)) {
                LOG.warn(
                        "DataSource bean '{}' ({}) was made before dtx could see it, so global transactions do not undo what"
                                + " is written to it. A BeanPostProcessor or BeanFactoryPostProcessor asks for it too early:"
                                + " let that take an ObjectProvider<DataSource>, or name the bean in"
                                + " dtx.data-sources.exclude",
                        name,
                        dataSource.getClass().getName());
            }
        }
    }

    @Override
    public void afterBegin(TransactionExecution transaction, @Nullable Throwable beginFailure) {
        Xid xid = CurrentTransaction.xid();
        if (xid == null || beginFailure != null || transaction.isReadOnly()) {
            return;
        }
        for (Map.Entry<Object, Object> bound :
                TransactionSynchronizationManager.getResourceMap().entrySet()) {
            if (bound.getValue() instanceof ConnectionHolder
                    && bound.getKey() instanceof DataSource dataSource
                    && slippedThrough(dataSource, UnmanagedDataSourceWatch::currentTarget)
                    && reported.add(dataSource)) {
                LOG.warn(
                        "global transaction {} writes to a DataSource that dtx does not manage, and a rollback will not undo"
                                + " that: {}. Make it a bean, or wrap it with ResourceManager.wrap(dataSource); if that is"
                                + " meant, make it a bean and name it in dtx.data-sources.exclude",
                        xid,
                        dataSource);
            }
        }
    }

    /**
     * The transaction manager's data source may be managed, and the connection come from elsewhere: Hibernate's, with
     * multi-tenancy. Looked at here, since to ask for the connection earlier may fetch it before the application has said which
     * it is to be; here, whatever is written has asked for it, or will at once.
     */
    @Override
    public void beforeCommit(TransactionExecution transaction) {
        Xid xid = CurrentTransaction.xid();
        if (xid == null || transaction.isReadOnly()) {
            return;
        }
        for (Map.Entry<Object, Object> bound :
                TransactionSynchronizationManager.getResourceMap().entrySet()) {
            if (bound.getValue() instanceof ConnectionHolder holder
                    && bound.getKey() instanceof DataSource dataSource
                    && isManaged(dataSource)
                    && !routes(dataSource)
                    && comesFromElsewhere(holder)
                    && reported.add(dataSource)) {
                LOG.warn(
                        "global transaction {} writes on connections that dtx does not manage, and a rollback will not undo"
                                + " that: their transaction manager's data source is managed ({}), but they come from"
                                + " another. Hibernate's multi-tenancy does that: let its connection provider take them from"
                                + " ResourceManager.wrap(tenant, dataSource)",
                        xid,
                        dataSource);
            }
        }
    }

    /** Where the connection may be one of a target that is left out on purpose. */
    private static boolean routes(DataSource dataSource) {
        return dataSource instanceof ScopedObject
                || dataSource instanceof AbstractRoutingDataSource
                || (dataSource instanceof DelegatingDataSource delegating
                        && delegating.getTargetDataSource() != null
                        && routes(delegating.getTargetDataSource()));
    }

    /** A lazy connection is left alone: where it comes from is known by its data source, and to ask would fetch it. */
    private static boolean comesFromElsewhere(ConnectionHolder holder) {
        // Not holder.getConnection(), which would keep it in the holder.
        ConnectionHandle handle = holder.getConnectionHandle();
        if (handle == null || handle instanceof SimpleConnectionHandle) {
            return false; // none, or one that was taken from the data source itself
        }
        try {
            Connection connection = handle.getConnection();
            return !(connection instanceof ConnectionProxy) && !connection.isWrapperFor(Managed.class);
        } catch (SQLException | RuntimeException | AbstractMethodError e) {
            return false; // can not be told, and must not get in the way of the commit
        }
    }

    /** @param routed which targets of a routing data source count */
    private boolean slippedThrough(
            DataSource dataSource, Function<AbstractRoutingDataSource, Collection<DataSource>> routed) {
        if (dataSource instanceof ScopedObject || dataSource instanceof Managed || dataSources.isExcluded(dataSource)) {
            return false;
        }
        if (dataSource instanceof DelegatingDataSource delegating) {
            DataSource target = delegating.getTargetDataSource();
            return target != null && slippedThrough(target, routed);
        }
        if (dataSource instanceof AbstractRoutingDataSource routing) {
            return routed.apply(routing).stream().anyMatch(target -> slippedThrough(target, routed));
        }
        return !isManaged(dataSource);
    }

    private static Collection<DataSource> targets(AbstractRoutingDataSource routing) {
        return RoutedConnections.targets(routing).values();
    }

    private static Collection<DataSource> currentTarget(AbstractRoutingDataSource routing) {
        try {
            return List.of(RoutedConnections.target(routing));
        } catch (RuntimeException e) {
            return targets(routing); // a lazy connection's target is not determined yet
        }
    }

    /** Asked of the data source, not of the connection: a lazy one would have to be fetched for that. */
    static boolean isManaged(DataSource dataSource) {
        try {
            return dataSource.isWrapperFor(Managed.class);
        } catch (SQLException | RuntimeException e) {
            return false;
        }
    }
}
