package io.dtx.spring.autoconfigure;

import io.dtx.rm.Resource;
import io.dtx.rm.ResourceManager;
import io.dtx.spring.jdbc.DataSourceProxyingPostProcessor;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the data sources under management. */
@Configuration(proxyBeanMethods = false)
class DataSourceConfiguration {

    private static final Logger LOG = LoggerFactory.getLogger("io.dtx");

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
    SmartInitializingSingleton dtxStartReport(DtxProperties properties, ResourceManager manager) {
        return () -> LOG.info(
                "dtx: coordinator {}; data sources in global transactions: {}",
                String.join(", ", properties.coordinator().addresses()),
                manager.resources().isEmpty()
                        ? "none"
                        : manager.resources().stream().map(Resource::name).collect(Collectors.joining(", ")));
    }
}
