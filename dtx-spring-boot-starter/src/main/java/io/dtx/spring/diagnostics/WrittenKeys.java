package io.dtx.spring.diagnostics;

import io.dtx.settings.SettingNames;
import io.dtx.settings.Spelling;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.origin.Origin;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Looks at every {@code dtx.*} key that somebody has written, before anything is configured by them. One that looks like a
 * slip stops the start, since what was meant to be set is not; any other that means nothing is said in one warning.
 */
public final class WrittenKeys implements BeanFactoryPostProcessor, PriorityOrdered {

    private static final Logger LOG = LoggerFactory.getLogger("io.dtx");
    private static final ConfigurationPropertyName DTX = ConfigurationPropertyName.of("dtx");
    private static final ConfigurationPropertyName COORDINATOR = DTX.append("server");
    private static final ConfigurationPropertyName TESTS = DTX.append("test");

    private final ConfigurableEnvironment environment;
    private final SettingNames known;

    public WrittenKeys(ConfigurableEnvironment environment, Class<? extends Record> properties) {
        this.environment = environment;
        this.known = namesOf(properties);
    }

    /** The names that a record of configuration properties binds, records within it included. */
    public static SettingNames namesOf(Class<? extends Record> properties) {
        String prefix = properties.getAnnotation(ConfigurationProperties.class).value();
        return SettingNames.of(prefix, properties, component -> {
            Name given = component.getAnnotation(Name.class);
            return given == null ? null : given.value();
        });
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
        List<String> ignored = new ArrayList<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.from(environment.getPropertySources())) {
            if (source instanceof IterableConfigurationPropertySource keys) {
                boolean variables = source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource;
                keys.stream()
                        .filter(key -> DTX.isAncestorOf(key) && !TESTS.isAncestorOf(key))
                        .forEach(key -> check(key, known.spelling(key.toString(), variables), source, ignored));
            }
        }
        if (!ignored.isEmpty()) {
            LOG.warn(Spelling.ignored(ignored));
        }
    }

    private static void check(
            ConfigurationPropertyName key,
            Spelling spelling,
            ConfigurationPropertySource source,
            List<String> ignored) {
        Spelling.Complaint complaint = spelling.complaint(key.toString(), place(key, source), hasValue(key, source));
        if (complaint != null) {
            throw new InvalidConfigurationException(complaint.problem(), complaint.remedy());
        }
        if (spelling instanceof Spelling.Unknown unknown) {
            ignored.add(key + place(key, source) + hint(key, unknown));
        }
    }

    private static String hint(ConfigurationPropertyName key, Spelling.Unknown unknown) {
        if (COORDINATOR.isAncestorOf(key)) {
            return ", which belongs to the coordinator's own process";
        }
        return unknown.hint();
    }

    private static boolean hasValue(ConfigurationPropertyName key, ConfigurationPropertySource source) {
        var property = source.getConfigurationProperty(key);
        return property != null && !"".equals(property.getValue());
    }

    private static String place(ConfigurationPropertyName key, ConfigurationPropertySource source) {
        Origin origin = Origin.from(source.getConfigurationProperty(key));
        return origin == null ? "" : " (" + origin + ")";
    }
}
