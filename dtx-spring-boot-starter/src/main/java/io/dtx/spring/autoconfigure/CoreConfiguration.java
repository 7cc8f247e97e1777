package io.dtx.spring.autoconfigure;

import io.dtx.GlobalTransactionTemplate;
import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.rm.ResourceListener;
import io.dtx.rm.ResourceManager;
import io.dtx.rm.ResourceSettings;
import io.dtx.spring.propagation.HostRule;
import io.dtx.spring.propagation.OutgoingCalls;
import io.dtx.spring.propagation.RepeatedPosts;
import io.dtx.spring.transaction.LocalTransactionGuard;
import io.dtx.spring.transaction.RollbackDefault;
import io.dtx.tm.GlobalTransactions;
import io.dtx.tm.TransactionListener;
import java.time.Duration;
import java.util.Set;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.AnnotationTransactionAttributeSource;
import org.springframework.transaction.jta.JtaTransactionManager;

/** What every application needs: the door to the coordinator, the transaction manager and the resource manager. */
@Configuration(proxyBeanMethods = false)
class CoreConfiguration {

    /** Bounds a veto whose answer does not come; shorter than the read timeouts of usual HTTP clients, which wait for it. */
    static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(5);
    /**
     * Bounds a commit's, for which nobody waits but whoever began: a leader that hangs is noticed after 15 s, and a new one
     * waits up to 5 s for participants that come back.
     */
    static final Duration COMMIT_TIMEOUT = Duration.ofSeconds(20);

    @Bean
    @ConditionalOnMissingBean
    CoordinatorClient dtxCoordinatorClient(
            DtxProperties properties, Environment environment, ObjectProvider<SslBundles> bundles) {
        ClientSettings plain = new ClientSettings(
                        environment.getProperty("spring.application.name", "application"),
                        properties.coordinator().addresses(),
                        properties.coordinator().secret(),
                        properties.lock().longestWait(),
                        REQUEST_TIMEOUT)
                .withCommitTimeout(COMMIT_TIMEOUT);
        String bundle = properties.coordinator().ssl().bundle();
        return CoordinatorClient.start(
                bundle == null || bundle.isBlank()
                        ? plain
                        : plain.withTls(EncryptedConnection.by(bundle, bundles.getIfAvailable())));
    }

    @Bean
    @ConditionalOnMissingBean
    ResourceManager dtxResourceManager(
            CoordinatorClient client, DtxProperties properties, ObjectProvider<ResourceListener> listeners) {
        return new ResourceManager(
                client,
                ResourceSettings.DEFAULTS
                        .withAutocommitWait(properties.lock().longestWait())
                        .withMaxUndoSize(
                                Math.toIntExact(properties.undoLog().maxSize().toBytes()))
                        .withLocalWrites(properties.localWrites())
                        .acceptingSideEffectsOf(
                                Set.copyOf(properties.dataSources().sideEffectsAccepted()))
                        .showingValuesOf(Set.copyOf(properties.undoLog().showValuesOf())),
                ResourceListener.all(listeners.orderedStream().toList()));
    }

    @Bean
    @ConditionalOnMissingBean
    GlobalTransactions dtxGlobalTransactions(
            CoordinatorClient client,
            DtxProperties properties,
            ObjectProvider<TransactionListener> listeners,
            ObjectProvider<PlatformTransactionManager> managers) {
        return new GlobalTransactions(
                client,
                TransactionListener.all(listeners.orderedStream().toList()),
                new LocalTransactionGuard(() -> managers.stream().anyMatch(CoreConfiguration::mayBeUnseen)),
                properties.transaction().rollbackWait());
    }

    /** Spring's own bind what they work with to the thread, but for JTA's; of others that is not known. */
    private static boolean mayBeUnseen(PlatformTransactionManager manager) {
        Class<?> type = AopProxyUtils.ultimateTargetClass(manager);
        return JtaTransactionManager.class.isAssignableFrom(type)
                || !type.getName().startsWith("org.springframework.");
    }

    @Bean
    @ConditionalOnMissingBean
    GlobalTransactionTemplate globalTransactionTemplate(
            GlobalTransactions transactions,
            DtxProperties properties,
            ObjectProvider<AnnotationTransactionAttributeSource> rules) {
        return new RollbackDefault(rules)
                .in(new GlobalTransactionTemplate(transactions)
                        .withTimeout(properties.transaction().timeout()));
    }

    @Bean
    OutgoingCalls dtxOutgoingCalls(DtxProperties properties) {
        RepeatedPosts.switchOff();
        return new OutgoingCalls(HostRule.of(properties.propagation().hosts()));
    }
}
