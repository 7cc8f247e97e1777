package io.dtx.spring.autoconfigure;

import io.dtx.spring.mybatis.OpenSqlSessions;
import org.apache.ibatis.session.SqlSession;
import org.mybatis.spring.SqlSessionHolder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What MyBatis remembers does not outlive a rollback. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({SqlSession.class, SqlSessionHolder.class})
class MyBatisConfiguration {

    @Bean
    OpenSqlSessions dtxOpenSqlSessions() {
        return new OpenSqlSessions();
    }
}
