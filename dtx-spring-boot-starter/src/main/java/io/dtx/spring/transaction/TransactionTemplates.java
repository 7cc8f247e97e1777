package io.dtx.spring.transaction;

import io.dtx.GlobalTransactionTemplate;
import io.dtx.GlobalTransactional;
import io.dtx.model.Bounds;
import io.dtx.settings.TimeWithoutUnit;
import io.dtx.spring.diagnostics.InvalidConfigurationException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.MethodClassKey;
import org.springframework.util.StringValueResolver;

/** Carries each annotated method's settings as a template. Made once per method; thread-safe. */
public final class TransactionTemplates {

    private final Supplier<GlobalTransactionTemplate> base;
    private final RollbackDefault rollbackDefault;
    private final StringValueResolver placeholders;
    private final ConcurrentMap<MethodClassKey, GlobalTransactionTemplate> templates = new ConcurrentHashMap<>();

    /**
     * @param base with the defaults; fetched at the first call
     * @param rollbackDefault which exceptions roll back beside an annotation's own rules
     * @param placeholders resolves <code>${..}</code> in names and timeouts
     */
    public TransactionTemplates(
            Supplier<GlobalTransactionTemplate> base,
            RollbackDefault rollbackDefault,
            StringValueResolver placeholders) {
        this.base = base;
        this.rollbackDefault = rollbackDefault;
        this.placeholders = placeholders;
    }

    GlobalTransactionTemplate of(GlobalTransactional annotation, Method method, Class<?> targetClass) {
        return templates.computeIfAbsent(
                new MethodClassKey(method, targetClass), key -> make(annotation, method, targetClass));
    }

    private GlobalTransactionTemplate make(GlobalTransactional annotation, Method method, Class<?> targetClass) {
        String name = resolve(annotation.name());
        GlobalTransactionTemplate template = rollbackDefault
                .in(base.get())
                .withName(name.isEmpty() ? targetClass.getSimpleName() + "." + method.getName() : name)
                .withPropagation(annotation.propagation())
                .withRollbackFor(annotation.rollbackFor())
                .withNoRollbackFor(annotation.noRollbackFor());
        Duration timeout = timeout(annotation, method);
        return timeout == null ? template : template.withTimeout(timeout);
    }

    /**
     * The annotation's own timeout; null for the default.
     *
     * @throws InvalidConfigurationException if it is none
     */
    @Nullable Duration timeout(GlobalTransactional annotation, Method method) {
        String text = resolve(annotation.timeout());
        if (text.isEmpty()) {
            return null;
        }
        if (TimeWithoutUnit.is(text)) {
            throw new InvalidConfigurationException(
                    "The timeout '" + text + "' of @GlobalTransactional on "
                            + method.getDeclaringClass().getName() + "." + method.getName()
                            + " has no unit. As a duration of Spring Boot's it would be milliseconds, as the timeout of"
                            + " @Transactional seconds.",
                    "Write its unit: timeout = \"" + text + "s\" for seconds, \"" + text + "ms\" for milliseconds.");
        }
        Duration timeout;
        try {
            timeout = DurationStyle.detectAndParse(text);
        } catch (IllegalArgumentException e) {
            throw notATimeout(text, method);
        }
        if (timeout.toMillis() < 1 || timeout.compareTo(Bounds.LONGEST_TIMEOUT) > 0) {
            throw notATimeout(text, method);
        }
        return timeout;
    }

    private static InvalidConfigurationException notATimeout(String text, Method method) {
        return new InvalidConfigurationException(
                "The timeout '" + text + "' of @GlobalTransactional on "
                        + method.getDeclaringClass().getName() + "." + method.getName()
                        + " is not a duration between 1 ms and 1 day.",
                "Write a duration as in Spring Boot's properties, for example timeout = \"30s\".");
    }

    private String resolve(String text) {
        String resolved = placeholders.resolveStringValue(text);
        return resolved == null ? "" : resolved.strip();
    }
}
