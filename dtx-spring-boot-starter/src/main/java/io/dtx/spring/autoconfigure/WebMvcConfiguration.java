package io.dtx.spring.autoconfigure;

import io.dtx.spring.web.HandlerErrorRecorder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.HandlerExceptionResolver;

/** Sees the exceptions that Spring MVC handles before an answer is made. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass(HandlerExceptionResolver.class)
class WebMvcConfiguration {

    @Bean
    HandlerErrorRecorder dtxHandlerErrorRecorder() {
        return new HandlerErrorRecorder();
    }
}
