package io.dtx.spring.transaction;

import io.dtx.GlobalTransactionTemplate;
import java.lang.reflect.Method;
import java.util.Objects;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.transaction.annotation.AnnotationTransactionAttributeSource;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionAttribute;
import org.springframework.util.ReflectionUtils;

/**
 * Which exceptions roll back in this application if nothing else is said: what
 * {@code @EnableTransactionManagement(rollbackOn = ALL_EXCEPTIONS)} says for local transactions holds for global ones.
 */
public final class RollbackDefault {

    private static final Method UNADORNED =
            Objects.requireNonNull(ReflectionUtils.findMethod(Probe.class, "unadorned"));

    private final ObjectProvider<AnnotationTransactionAttributeSource> sources;

    /** @param sources where Spring keeps that setting; asked at the first template that is needed */
    public RollbackDefault(ObjectProvider<AnnotationTransactionAttributeSource> sources) {
        this.sources = sources;
    }

    /** The template, with that default. */
    public GlobalTransactionTemplate in(GlobalTransactionTemplate template) {
        return sources.stream().anyMatch(RollbackDefault::rollsBackOnChecked)
                ? template.withRollbackForCheckedToo()
                : template;
    }

    /** Spring shows the setting nowhere, but it tells what it would do with a method. */
    private static boolean rollsBackOnChecked(AnnotationTransactionAttributeSource source) {
        TransactionAttribute attribute = source.getTransactionAttribute(UNADORNED, Probe.class);
        return attribute != null && attribute.rollbackOn(new Exception());
    }

    interface Probe {
        @Transactional
        void unadorned();
    }
}
