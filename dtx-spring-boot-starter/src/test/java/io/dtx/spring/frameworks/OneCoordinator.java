package io.dtx.spring.frameworks;

import io.dtx.test.EmbeddedCoordinator;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives tests a coordinator, the same to all classes of a run, which closes it. */
final class OneCoordinator implements ParameterResolver {

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == EmbeddedCoordinator.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getStore(StoreScope.LAUNCHER_SESSION, Namespace.create(OneCoordinator.class))
                .computeIfAbsent(
                        EmbeddedCoordinator.class, key -> EmbeddedCoordinator.start(), EmbeddedCoordinator.class);
    }
}
