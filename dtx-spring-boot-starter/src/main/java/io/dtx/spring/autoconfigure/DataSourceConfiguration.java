package io.dtx.spring.autoconfigure;

import io.dtx.rm.ResourceManager;
import io.dtx.spring.jdbc.DataSourceProxyingPostProcessor;
import io.dtx.spring.jdbc.StartCheck;
import java.util.Set;
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
                (name, target) -> manager.getObject().manage(name, target)::wrap,
                () -> Set.copyOf(properties.getObject().dataSources().exclude()));
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
