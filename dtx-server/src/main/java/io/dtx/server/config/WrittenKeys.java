package io.dtx.server.config;

import io.dtx.settings.SettingNames;
import io.dtx.settings.Spelling;
import io.dtx.settings.TimeWithoutUnit;
import java.lang.reflect.AnnotatedElement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
 * Looks at every {@code dtx.*} key that an operator has written, before anything is configured by them. One that looks like a
 * slip stops the start, since what was meant to be set is not; any other that means nothing is said in one warning. A time without
 * its unit is taken as Spring Boot takes it, and warned of.
 */
final class WrittenKeys implements BeanFactoryPostProcessor, PriorityOrdered {

    private static final Logger LOG = LoggerFactory.getLogger("io.dtx");
    private static final ConfigurationPropertyName DTX = ConfigurationPropertyName.of("dtx");
    private static final ConfigurationPropertyName SERVER = DTX.append("server");

    private final ConfigurableEnvironment environment;
    private final SettingNames known;
    private final SettingNames times;

    WrittenKeys(ConfigurableEnvironment environment, Class<? extends Record> properties) {
        this.environment = environment;
        String prefix = properties.getAnnotation(ConfigurationProperties.class).value();
        this.known = SettingNames.of(prefix, properties, WrittenKeys::given);
        this.times = SettingNames.ofType(Duration.class, prefix, properties, WrittenKeys::given);
    }

    private static @Nullable String given(AnnotatedElement component) {
        Name name = component.getAnnotation(Name.class);
        return name == null ? null : name.value();
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
                        .filter(key -> DTX.isAncestorOf(key))
                        .forEach(key -> check(key, known.spelling(key.toString(), variables), source, ignored));
            }
        }
        if (!ignored.isEmpty()) {
            LOG.warn(Spelling.ignored(ignored));
        }
        times.all().forEach(this::warnOfMissingUnit);
    }

    private void warnOfMissingUnit(String property) {
        String value = environment.getProperty(property);
        String warning = value == null
                ? null
                : TimeWithoutUnit.warning(property, place(ConfigurationPropertyName.of(property)), value);
        if (warning != null) {
            LOG.warn(warning);
        }
    }

    private static void check(
            ConfigurationPropertyName key,
            Spelling spelling,
            ConfigurationPropertySource source,
            List<String> ignored) {
        Spelling.Complaint complaint = spelling.complaint(key.toString(), place(key, source), hasValue(key, source));
        if (complaint != null) {
            throw new StartException(complaint.problem(), complaint.remedy(), null);
        }
        if (spelling instanceof Spelling.Unknown unknown) {
            ignored.add(key + place(key, source) + hint(key, unknown));
        }
    }

    private static String hint(ConfigurationPropertyName key, Spelling.Unknown unknown) {
        if (!SERVER.isAncestorOf(key)) {
            return ", which belongs to applications";
        }
        return unknown.hint();
    }

    private static boolean hasValue(ConfigurationPropertyName key, ConfigurationPropertySource source) {
        var property = source.getConfigurationProperty(key);
        return property != null && !"".equals(property.getValue());
    }

    /** Where the value comes from that counts. */
    private String place(ConfigurationPropertyName key) {
        for (ConfigurationPropertySource source : ConfigurationPropertySources.from(environment.getPropertySources())) {
            if (source.getConfigurationProperty(key) != null) {
                return place(key, source);
            }
        }
        return "";
    }

    private static String place(ConfigurationPropertyName key, ConfigurationPropertySource source) {
        Origin origin = Origin.from(source.getConfigurationProperty(key));
        return origin == null ? "" : " (" + origin + ")";
    }
}
