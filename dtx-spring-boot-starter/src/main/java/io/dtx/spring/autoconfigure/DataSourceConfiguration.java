package io.dtx.spring.autoconfigure;

import io.dtx.rm.ResourceManager;
import io.dtx.spring.jdbc.ConnectionWrapper;
import io.dtx.spring.jdbc.DataSourceProxyingPostProcessor;
import io.dtx.spring.jdbc.ExclusionCheck;
import io.dtx.spring.jdbc.StartCheck;
import io.dtx.spring.jdbc.UnmanagedDataSourceWatch;
import java.util.Set;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the data sources under management. */
@Configuration(proxyBeanMethods = false)
class DataSourceConfiguration {

    @Bean
    static DataSourceProxyingPostProcessor dtxDataSourceProxyingPostProcessor(
            ConfigurableListableBeanFactory beanFactory,
            ObjectProvider<ResourceManager> manager,
            ObjectProvider<DtxProperties> properties) {
        return new DataSourceProxyingPostProcessor(
                beanFactory,
                new ManagedByResourceManager(manager),
                () -> Set.copyOf(properties.getObject().dataSources().exclude()));
    }

    @Bean
    static UnmanagedDataSourceWatch dtxUnmanagedDataSourceWatch(
            ConfigurableListableBeanFactory beanFactory, DataSourceProxyingPostProcessor dataSources) {
        return new UnmanagedDataSourceWatch(beanFactory, dataSources);
    }

    @Bean
    ExclusionCheck dtxExclusionCheck(
            ConfigurableListableBeanFactory beanFactory,
            DataSourceProxyingPostProcessor dataSources,
            ResourceManager manager) {
        return new ExclusionCheck(beanFactory, dataSources, manager);
    }

    private record ManagedByResourceManager(ObjectProvider<ResourceManager> manager)
            implements DataSourceProxyingPostProcessor.Management {

        @Override
        public ConnectionWrapper manage(String name, DataSource target) {
            return manager.getObject().manage(name, target)::wrap;
        }

        @Override
        public void leave(DataSource target) {
            manager.getObject().leave(target);
        }
    }

    @Bean
    @DependsOnDatabaseInitialization
    StartCheck dtxStartCheck(DtxProperties properties, ResourceManager manager) {
        return new StartCheck(
                String.join(", ", properties.coordinator().addresses()),
                manager,
                properties.undoLog().initializeSchema());
    }
}
