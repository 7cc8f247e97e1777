package io.dtx.spring.autoconfigure;

import io.dtx.spring.jpa.OpenPersistenceContexts;
import jakarta.persistence.EntityManager;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.orm.jpa.EntityManagerHolder;

/** What JPA remembers does not outlive a rollback. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({EntityManager.class, EntityManagerHolder.class})
class JpaConfiguration {

    @Bean
    OpenPersistenceContexts dtxOpenPersistenceContexts() {
        return new OpenPersistenceContexts();
    }
}
