package io.dtx.spring.autoconfigure;

import io.dtx.GlobalTransactionTemplate;
import io.dtx.spring.transaction.AnnotatedMethodCheck;
import io.dtx.spring.transaction.GlobalLockAdvisor;
import io.dtx.spring.transaction.GlobalTransactionalAdvisor;
import io.dtx.spring.transaction.RollbackDefault;
import io.dtx.spring.transaction.RollbackOnlyVeto;
import io.dtx.spring.transaction.TransactionTemplates;
import org.springframework.aop.config.AopConfigUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.context.annotation.Role;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.transaction.annotation.AnnotationTransactionAttributeSource;

/** Makes the annotations work, beside Spring's for local transactions. */
@Configuration(proxyBeanMethods = false)
@Import(AnnotationConfiguration.ProxyCreator.class)
class AnnotationConfiguration {

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static TransactionTemplates dtxTransactionTemplates(
            ObjectProvider<GlobalTransactionTemplate> base,
            ObjectProvider<AnnotationTransactionAttributeSource> rules,
            ConfigurableBeanFactory beanFactory) {
        return new TransactionTemplates(base::getObject, new RollbackDefault(rules), beanFactory::resolveEmbeddedValue);
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static GlobalTransactionalAdvisor dtxGlobalTransactionalAdvisor(TransactionTemplates templates) {
        return new GlobalTransactionalAdvisor(templates);
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static GlobalLockAdvisor dtxGlobalLockAdvisor() {
        return new GlobalLockAdvisor();
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static AnnotatedMethodCheck dtxAnnotatedMethodCheck(TransactionTemplates templates) {
        return new AnnotatedMethodCheck(templates);
    }

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    static RollbackOnlyVeto dtxRollbackOnlyVeto() {
        return new RollbackOnlyVeto();
    }

    /** Advisors need Spring's proxy creator, which is only there by itself where something else has asked for it. */
    static final class ProxyCreator implements ImportBeanDefinitionRegistrar {
        @Override
        public void registerBeanDefinitions(AnnotationMetadata importing, BeanDefinitionRegistry registry) {
            AopConfigUtils.registerAutoProxyCreatorIfNecessary(registry);
        }
    }
}
