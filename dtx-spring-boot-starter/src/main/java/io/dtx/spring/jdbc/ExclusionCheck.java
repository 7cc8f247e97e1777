package io.dtx.spring.jdbc;

import io.dtx.rm.Managed;
import io.dtx.rm.ResourceManager;
import io.dtx.spring.diagnostics.InvalidConfigurationException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.scope.ScopedObject;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;

/**
 * Looks at the start whether what is excluded is what was meant. A name that nothing goes by stops the start, since what was to
 * be left out is not; unless it may be that of a target that comes later. So does one behind which another data source takes
 * part all the same. And that an excluded data source is the one that the application works with is seldom meant: Spring Boot
 * makes no main data source beside another one, so a second one for a framework's tables takes its place, with everything
 * that the business writes.
 */
public final class ExclusionCheck implements SmartInitializingSingleton {

    private static final Logger LOG = LoggerFactory.getLogger("io.dtx");
    private static final String REMEDY = " A data source for something else beside the main one is declared with"
            + " @Bean(defaultCandidate = false): otherwise Spring Boot makes no main one, and everything works through this one."
            + " See docs/data-sources.md, \"Tables that must not take part\"";

    private final ConfigurableListableBeanFactory beanFactory;
    private final DataSourceProxyingPostProcessor dataSources;
    private final ResourceManager manager;

    /** @param dataSources knows what was left out */
    public ExclusionCheck(
            ConfigurableListableBeanFactory beanFactory,
            DataSourceProxyingPostProcessor dataSources,
            ResourceManager manager) {
        this.beanFactory = beanFactory;
        this.dataSources = dataSources;
        this.manager = manager;
    }

    /** Looks at what is there, and makes nothing. */
    @Override
    public void afterSingletonsInstantiated() {
        for (String name : dataSources.exclusions().unmet()) {
            checkUnmet(name);
        }
        for (String bean : beanFactory.getBeanNamesForType(DataSource.class, true, false)) {
            checkExcluded(bean);
        }
        warnWhereAllGoesThroughWhatIsExcluded();
    }

    private void checkUnmet(String name) {
        if (isDataSource(name)) {
            return; // a lazy bean that nobody has asked for yet
        }
        String there = String.join(", ", dataSources.names());
        int key = name.indexOf('[');
        String bean = key < 0 ? name : name.substring(0, key);
        if (key >= 0 && excludedAs(bean) != null) {
            return; // left out with the whole bean
        }
        if (!dataSources.mayComeLater(name) && (key < 0 || !isMadeLater(bean))) {
            throw new InvalidConfigurationException(
                    "The property 'dtx.data-sources.exclude' holds '" + name
                            + "', and no DataSource goes by that name, so"
                            + " what it was to leave out takes part in global transactions.",
                    "Write the name of a DataSource bean, or of a target inside a routing one as bean[key]. There are: "
                            + there
                            + ". A target that is a bean goes by the bean's name. Where the bean is not always there, set the"
                            + " property only where it is.");
        }
        LOG.warn(
                "dtx: the name '{}' in dtx.data-sources.exclude has met nothing so far. It leaves out a target that"
                        + " comes later with that key; of those that are there nothing. There are: {}. A target that is a"
                        + " bean goes by the bean's name",
                name,
                there);
    }

    /** Makes nothing, unlike a look at the bean. */
    private boolean isDataSource(String name) {
        return beanFactory.containsBean(name) && beanFactory.isTypeMatch(name, DataSource.class);
    }

    /** It is lazy, or of a scope: each of its instances may have other targets. */
    private boolean isMadeLater(String bean) {
        boolean made = beanFactory.getSingleton(bean) instanceof DataSource dataSource
                && !(dataSource instanceof ScopedObject);
        return !made
                && isDataSource(bean)
                && Arrays.stream(beanFactory.getAliases(bean)).noneMatch(beanFactory::containsSingleton);
    }

    private void checkExcluded(String bean) {
        String name = excludedAs(bean);
        if (name != null && beanFactory.getSingleton(bean) instanceof DataSource dataSource && takesPart(dataSource)) {
            Set<String> others = dataSources.names();
            others.remove(bean);
            throw new InvalidConfigurationException(
                    "The property 'dtx.data-sources.exclude' holds '" + name
                            + "', but its connections come from a data source that takes part in global transactions, so"
                            + " what is written through it is rolled back.",
                    "Exclude that one. There are: "
                            + (others.isEmpty() ? "none" : String.join(", ", others))
                            + ". What ResourceManager.wrap has made can not be excluded: use the pool without it.");
        }
    }

    /** The first of the bean's names that is excluded. */
    private @Nullable String excludedAs(String bean) {
        return Stream.concat(Stream.of(bean), Arrays.stream(beanFactory.getAliases(bean)))
                .filter(dataSources.exclusions()::holds)
                .findFirst()
                .orElse(null);
    }

    /**
     * Asks nothing but what Spring's own classes lead to. One of another library that routes may be excluded just because its
     * targets take part.
     */
    private static boolean takesPart(DataSource dataSource) {
        if (dataSource instanceof ScopedObject) {
            return false; // its scope may not be open
        }
        if (dataSource instanceof Managed) {
            return true;
        }
        if (dataSource instanceof DelegatingDataSource delegating) {
            DataSource target = delegating.getTargetDataSource();
            return target != null && takesPart(target);
        }
        return dataSource instanceof AbstractRoutingDataSource routing
                && Stream.concat(
                                RoutedConnections.targets(routing).values().stream(),
                                Stream.ofNullable(routing.getResolvedDefaultDataSource()))
                        .anyMatch(ExclusionCheck::takesPart);
    }

    private void warnWhereAllGoesThroughWhatIsExcluded() {
        List<String> names = List.of(beanFactory.getBeanNamesForType(DataSource.class, true, false));
        String given = givenWithoutAName(names);
        if (given != null && leadsToExcluded(given)) {
            LOG.warn(
                    "dtx: DataSource bean '{}' is excluded by dtx.data-sources.exclude, and is what the application gets"
                            + " wherever it asks for a DataSource without a name: no global transaction undoes what is"
                            + " written through it.{}",
                    given,
                    REMEDY);
        } else if (!names.isEmpty()
                && names.stream().allMatch(this::leadsToExcluded)
                && manager.resources().isEmpty()) {
            LOG.warn(
                    "dtx: every DataSource bean is excluded by dtx.data-sources.exclude ({}): no global transaction undoes"
                            + " what this application writes.{}",
                    String.join(", ", names),
                    REMEDY);
        }
    }

    private boolean leadsToExcluded(String name) {
        return beanFactory.getSingleton(name) instanceof DataSource dataSource && leadsToExcluded(dataSource);
    }

    private boolean leadsToExcluded(DataSource dataSource) {
        return dataSources.isExcluded(dataSource)
                || (!(dataSource instanceof ScopedObject) // which would have to be made, outside of its scope
                        && dataSource instanceof DelegatingDataSource delegating
                        && delegating.getTargetDataSource() != null
                        && leadsToExcluded(delegating.getTargetDataSource()));
    }

    /** As Spring decides it: the primary one, or the only one that is a candidate and no fallback, or the only candidate. */
    private @Nullable String givenWithoutAName(List<String> names) {
        List<String> candidates = names.stream()
                .filter(name -> is(name, AbstractBeanDefinition::isAutowireCandidate, true)
                        && is(name, AbstractBeanDefinition::isDefaultCandidate, true))
                .toList();
        for (List<String> closer : Arrays.asList(
                candidates.stream()
                        .filter(name -> is(name, BeanDefinition::isPrimary, false))
                        .toList(),
                candidates.stream()
                        .filter(name -> !is(name, BeanDefinition::isFallback, false))
                        .toList(),
                candidates)) {
            if (closer.size() == 1) {
                return closer.get(0);
            }
        }
        return null;
    }

    private boolean is(String name, Predicate<AbstractBeanDefinition> property, boolean otherwise) {
        if (!beanFactory.containsBeanDefinition(name)) {
            return otherwise;
        }
        return beanFactory.getMergedBeanDefinition(name) instanceof AbstractBeanDefinition definition
                ? property.test(definition)
                : otherwise;
    }
}
