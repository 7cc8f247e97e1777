package io.dtx.spring.autoconfigure;

import io.dtx.spring.task.AsyncFailures;
import io.dtx.spring.task.PropagatingTaskDecorator;
import io.dtx.spring.task.TaskDecoratorPostProcessor;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.TaskDecorator;
import org.springframework.scheduling.annotation.AsyncConfigurer;

/** Spring's executors take the global transaction along. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty(name = "dtx.propagation.tasks", matchIfMissing = true)
class TaskConfiguration {

    @Bean
    @ConditionalOnMissingBean(TaskDecorator.class)
    PropagatingTaskDecorator dtxTaskDecorator() {
        return new PropagatingTaskDecorator();
    }

    @Bean
    static TaskDecoratorPostProcessor dtxTaskDecoratorPostProcessor() {
        return new TaskDecoratorPostProcessor();
    }

    @Bean
    static AsyncFailures dtxAsyncFailures(ObjectProvider<AsyncConfigurer> configurers) {
        return new AsyncFailures(configurers);
    }
}
