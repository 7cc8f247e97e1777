package io.dtx.spring.diagnostics;

import io.dtx.settings.ValueForm;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Says what to write in place of a value that has not the type of its property. Boot's own analyzer only says what is wrong. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class WrongValueFailureAnalyzer extends AbstractFailureAnalyzer<BindException> {

    private static final ConfigurationPropertyName DTX = ConfigurationPropertyName.of("dtx");

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException cause) {
        ConfigurationProperty property = cause.getProperty();
        boolean explainedBetter = findCause(cause, InvalidConfigurationException.class) != null;
        if (!DTX.isAncestorOf(cause.getName()) || property == null || explainedBetter) {
            return null;
        }
        ValueForm form = ValueForm.of(cause.getTarget().getType().resolve(Object.class));
        String place = property.getOrigin() == null ? "" : " (" + property.getOrigin() + ")";
        return new FailureAnalysis(
                "The property '" + property.getName() + "'" + place + " is '" + property.getValue() + "', which is not "
                        + form.kind() + ".",
                "Write " + form.examples() + ", or leave the property out for its default.",
                cause);
    }
}
