package io.dtx.spring.jdbc;

import javax.sql.DataSource;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadataProvider;

/** Shows Spring Boot's gauges the pool itself: some of them read its fields, which are empty in a proxy of its class. */
public final class PoolMetadataPostProcessor implements BeanPostProcessor {

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (!(bean instanceof DataSourcePoolMetadataProvider provider)) {
            return bean;
        }
        DataSourcePoolMetadataProvider ofTarget = dataSource -> provider.getDataSourcePoolMetadata(target(dataSource));
        return ofTarget;
    }

    private static DataSource target(DataSource dataSource) {
        return dataSource instanceof ManagedDataSource
                        && AopProxyUtils.getSingletonTarget(dataSource) instanceof DataSource target
                ? target
                : dataSource;
    }
}
