package io.dtx.spring.jdbc;

import io.dtx.client.CoordinatorClient;
import io.dtx.rm.Managed;
import io.dtx.rm.ResourceManager;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.DestructionAwareBeanPostProcessor;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;

/**
 * Puts every data source of the application under management, each once, where its connections come from: of a scoped bean
 * the proxy that others are given, of a routing data source its targets, also those that come later, of a delegating one what
 * it delegates to.
 *
 * <p>Runs before other post-processors, so that what they put around a data source (monitoring, say) sees an ordinary one.
 */
public final class DataSourceProxyingPostProcessor implements DestructionAwareBeanPostProcessor, PriorityOrdered {

    private static final Logger LOG = LoggerFactory.getLogger(DataSourceProxyingPostProcessor.class);
    private static final String SCOPED_TARGET = ScopedProxyUtils.getTargetBeanName("");

    private final ConfigurableListableBeanFactory beanFactory;
    private final Management management;
    private final Exclusions exclusions;
    private final Set<String> names = ConcurrentHashMap.newKeySet();
    private final Set<String> routingNames = ConcurrentHashMap.newKeySet();
    private final Set<String> targetNames = ConcurrentHashMap.newKeySet();

    /**
     * @param management takes a data source under management
     * @param excluded names of beans and of targets, which are called {@code bean[key]}; fetched when the first data source is
     *     there
     */
    public DataSourceProxyingPostProcessor(
            ConfigurableListableBeanFactory beanFactory, Management management, Supplier<Set<String>> excluded) {
        this.beanFactory = beanFactory;
        this.management = management;
        this.exclusions = new Exclusions(excluded);
    }

    /** Whether it is one of those that are excluded by name. */
    public boolean isExcluded(DataSource dataSource) {
        return exclusions.contains(dataSource);
    }

    Exclusions exclusions() {
        return exclusions;
    }

    /** Of all data sources that were there at the start: what they go by in {@code dtx.data-sources.exclude}. */
    Set<String> names() {
        return new TreeSet<>(names);
    }

    /** Whether a routing data source that is there may get a target that goes by this name, and has none by its key now. */
    boolean mayComeLater(String name) {
        return name.endsWith("]")
                && !targetNames.contains(name)
                && routingNames.stream().anyMatch(bean -> name.startsWith(bean + "["));
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE + 100;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (!(bean instanceof DataSource dataSource) || isManagedElsewhere(bean, beanName)) {
            return bean;
        }
        String name =
                ScopedProxyUtils.isScopedTarget(beanName) ? ScopedProxyUtils.getOriginalBeanName(beanName) : beanName;
        if (leavesOut(dataSource, name)) {
            return bean;
        }
        DataSource managed = manage(dataSource, name);
        closeManagerBefore(beanName);
        return managed;
    }

    /**
     * Of a scoped bean each instance is managed by itself, so that phase two needs no scope and a new instance may lead
     * elsewhere. Of a prototype behind a scoped proxy that would be one for each call, so there the proxy is managed.
     */
    private boolean isManagedElsewhere(Object bean, String beanName) {
        String target = bean instanceof ScopedObject ? SCOPED_TARGET + beanName : beanName;
        return ScopedProxyUtils.isScopedTarget(target)
                && beanFactory.containsBean(target)
                && (bean instanceof ScopedObject) != beanFactory.isPrototype(target);
    }

    @Override
    public boolean requiresDestruction(Object bean) {
        return bean instanceof DataSource;
    }

    @Override
    public void postProcessBeforeDestruction(Object bean, String beanName) {
        if (bean instanceof DataSource dataSource
                && (ScopedProxyUtils.isScopedTarget(beanName) || isOutlivedByManager())) {
            management.leave(dataSource);
        }
    }

    /** Where this is a child context, and the manager its parent's. A manager of this one has been closed before. */
    private boolean isOutlivedByManager() {
        return beanFactory.getParentBeanFactory() != null
                && beanFactory.getBeanNamesForType(ResourceManager.class, false, false).length == 0;
    }

    private DataSource manage(DataSource dataSource, String name) {
        if (dataSource instanceof Managed) {
            return dataSource;
        }
        if (isExcluded(dataSource)) {
            exclusions.contains(dataSource, name); // by two names, perhaps: both are met
            return dataSource;
        }
        if (leavesOut(dataSource, name)) {
            return dataSource;
        }
        if (dataSource instanceof AbstractRoutingDataSource routing) {
            manageTargets(routing, name);
            return managedWhateverComes(routing, name);
        }
        if (dataSource instanceof DelegatingDataSource delegating) {
            DataSource target = delegating.getTargetDataSource();
            if (target != null) {
                DataSource managed = manage(target, name);
                if (managed != target) {
                    delegating.setTargetDataSource(managed);
                }
                return delegating;
            }
        }
        if (UnmanagedDataSourceWatch.isManaged(dataSource)) {
            return dataSource; // wrapped by hand, or put by someone around a bean that was here before
        }
        return DataSourceProxy.of(dataSource, name, management.manage(name, dataSource));
    }

    /** Whether it is excluded by this name, an alias of it, or otherwise. */
    boolean leavesOut(DataSource dataSource, String name) {
        names.add(name);
        return exclusions.contains(dataSource, name)
                || Arrays.stream(beanFactory.getAliases(name))
                        .anyMatch(alias -> exclusions.contains(dataSource, alias));
    }

    /** Targets that are beans are managed already; those that were made by hand are replaced. */
    private void manageTargets(AbstractRoutingDataSource routing, String name) {
        Map<Object, Object> managedTargets = new HashMap<>();
        boolean changed = false;
        routingNames.add(name);
        for (var target : RoutedConnections.targets(routing).entrySet()) {
            String targetName = name + "[" + target.getKey() + "]";
            DataSource managed = manage(target.getValue(), targetName);
            targetNames.add(targetName);
            managedTargets.put(target.getKey(), managed);
            changed |= managed != target.getValue();
        }
        DataSource fallback = routing.getResolvedDefaultDataSource();
        if (fallback != null) {
            String targetName = name + "[default]";
            DataSource managed = managedTwin(routing, fallback, managedTargets);
            if (managed == null) {
                managed = manage(fallback, targetName);
            }
            targetNames.add(targetName);
            routing.setDefaultTargetDataSource(managed);
            changed |= managed != fallback;
        }
        if (changed) {
            routing.setTargetDataSources(managedTargets);
            routing.initialize(); // not afterPropertiesSet: a subclass may make its targets there
        }
    }

    private DataSource managedWhateverComes(AbstractRoutingDataSource routing, String name) {
        if (DataSourceProxy.canStandFor(routing, AbstractRoutingDataSource.class)) {
            return DataSourceProxy.of(routing, new RoutedConnections(routing, name, management, exclusions));
        }
        LOG.warn(
                "The class {} of DataSource bean '{}' is final, or has only private constructors, or final methods or fields"
                        + " that are neither private nor protected, so dtx leaves the bean as it is: global transactions"
                        + " do not undo what is written to targets that come later. If any do, change the class, or give it targets that"
                        + " ResourceManager.wrap(name, target) has made",
                routing.getClass().getName(),
                name);
        return routing;
    }

    /** The default is often one of the targets, too. */
    private static @Nullable DataSource managedTwin(
            AbstractRoutingDataSource routing, DataSource fallback, Map<Object, Object> managed) {
        for (var target : RoutedConnections.targets(routing).entrySet()) {
            if (target.getValue() == fallback) {
                return (DataSource) managed.get(target.getKey());
            }
        }
        return null;
    }

    /** What the resource manager does for the data sources of an application. */
    public interface Management {

        /** What wraps the data source's connections from now on. */
        ConnectionWrapper manage(String name, DataSource target);

        /** The data source's scope, or context, has ended; it may be closed. */
        void leave(DataSource target);
    }

    /** Phase two needs the database: at shutdown the manager goes first, and the client, which waits for restores in hand. */
    private void closeManagerBefore(String dataSourceName) {
        for (Class<?> first : List.of(ResourceManager.class, CoordinatorClient.class)) {
            for (String name : beanFactory.getBeanNamesForType(first, false, false)) {
                beanFactory.registerDependentBean(dataSourceName, name);
            }
        }
    }
}
