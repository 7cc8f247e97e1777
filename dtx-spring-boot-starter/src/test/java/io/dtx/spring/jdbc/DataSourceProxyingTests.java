package io.dtx.spring.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.alibaba.druid.pool.DruidDataSource;
import com.alibaba.druid.pool.DruidPooledConnection;
import com.zaxxer.hikari.HikariDataSource;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.h2.jdbcx.JdbcDataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;

class DataSourceProxyingTests {

    private static final String URL = "jdbc:h2:mem:proxying;DB_CLOSE_DELAY=-1";

    private final Manager manager = new Manager();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withBean(Manager.class, () -> manager)
            .withUserConfiguration(PostProcessing.class);

    /** As in a servlet container whose own libraries have the pool, and the application those that know dtx. */
    @Test
    void aPoolWhoseClassLoaderDoesNotSeeDtxIsManagedToo() throws Exception {
        List<URL> container = new ArrayList<>();
        List<URL> application = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            boolean shared = entry.contains("HikariCP") || entry.contains("slf4j-api") || entry.contains("logback");
            (shared ? container : application).add(Path.of(entry).toUri().toURL());
        }
        try (URLClassLoader shared =
                        new URLClassLoader(container.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
                URLClassLoader own = new URLClassLoader(application.toArray(URL[]::new), shared)) {
            Class.forName(PoolOfAnotherLoader.class.getName(), true, own)
                    .asSubclass(Runnable.class)
                    .getDeclaredConstructor()
                    .newInstance()
                    .run();
        }
    }

    /** Seen by the application's loader. */
    public static final class PoolOfAnotherLoader implements Runnable {

        @Override
        public void run() {
            HikariDataSource pool = new HikariDataSource();
            assertThat(pool.getClass().getClassLoader()).isNotSameAs(getClass().getClassLoader());

            DataSource managed = DataSourceProxy.of(pool, "pool", physical -> physical);

            assertThat(managed).isInstanceOf(ManagedDataSource.class);
            assertThat(UnmanagedDataSourceWatch.isManaged(managed)).isTrue();
        }
    }

    @Test
    void aPoolKeepsItsClassAndItsConnectionsAreWrapped() {
        runner.withUserConfiguration(Hikari.class).run(context -> {
            HikariDataSource pool = context.getBean(HikariDataSource.class);

            assertThat(pool.getMaximumPoolSize()).isEqualTo(3);
            assertThat(pool.getPoolName()).isEqualTo("payments");
            assertWrappedOnce(pool);
            assertThat(manager.names).containsExactly("pool");
            assertThat(pool.unwrap(HikariDataSource.class))
                    .as("unwrapping to a pool does not get round dtx")
                    .isSameAs(pool);
        });
    }

    @Test
    void aPoolThatNarrowsItsConnectionTypeWorksThroughItsOwnClassToo() {
        runner.withUserConfiguration(Druid.class).run(context -> {
            DruidDataSource pool = context.getBean(DruidDataSource.class);
            assertWrappedOnce(pool);

            int before = manager.statements.size();
            try (DruidPooledConnection connection = pool.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet one = statement.executeQuery("SELECT 1")) {
                assertThat(one.next()).isTrue();
                assertThat(connection.getConnectionHolder())
                        .as("what JDBC does not declare goes to the pool's connection")
                        .isNotNull();
            }
            assertThat(manager.statements).as("the wrapper was asked").hasSize(before + 1);
            assertThat(manager.targets.get(0))
                    .asInstanceOf(InstanceOfAssertFactories.type(DruidDataSource.class))
                    .extracting(DruidDataSource::getActiveCount)
                    .as("closing gave the connection back")
                    .isEqualTo(0);
        });
    }

    @Test
    void aFinalClassIsProxiedByItsInterfaces() {
        runner.withBean("h2", JdbcDataSource.class, () -> {
                    JdbcDataSource h2 = new JdbcDataSource();
                    h2.setURL(URL);
                    return h2;
                })
                .run(context -> assertWrappedOnce((DataSource) context.getBean("h2")));
    }

    @Test
    void theTargetsOfARoutingDataSourceAreWrappedOnceEach() {
        runner.withUserConfiguration(Routing.class).run(context -> {
            AbstractRoutingDataSource routing = context.getBean(AbstractRoutingDataSource.class);

            assertWrappedOnce(routing);
            assertThat(manager.names).containsExactlyInAnyOrder("bean", "routing[made]");
            for (DataSource target : routing.getResolvedDataSources().values()) {
                assertWrappedOnce(target);
            }
        });
    }

    @Test
    void whatDelegatesIsNotWrappedAgain() {
        runner.withUserConfiguration(Delegating.class).run(context -> {
            assertWrappedOnce((DataSource) context.getBean("lazy"));
            assertWrappedOnce((DataSource) context.getBean("aware"));
            assertThat(manager.names).containsExactlyInAnyOrder("pool", "aware");
        });
    }

    @Test
    void aScopedDataSourceIsWrappedWhereOthersGetIt() {
        runner.withUserConfiguration(Scoped.class).run(context -> {
            assertWrappedOnce((DataSource) context.getBean("scoped"));
            assertThat(manager.names).containsExactly("scoped");
        });
    }

    @Test
    void anExcludedDataSourceIsLeftAlone() {
        runner.withBean("excluded", DataSource.class, DataSourceProxyingTests::simple)
                .run(context -> {
                    assertThat(context.getBean("excluded")).isExactlyInstanceOf(SimpleDriverDataSource.class);
                    assertThat(manager.names).isEmpty();
                });
    }

    @Test
    void aConnectionThatCanNotBeWrappedGoesBackToItsPool() {
        runner.withUserConfiguration(Hikari.class).run(context -> {
            HikariDataSource pool = context.getBean(HikariDataSource.class);
            manager.failure = new SQLException("no undo_log");

            assertThatThrownBy(pool::getConnection).hasMessage("no undo_log");

            assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
        });
    }

    private void assertWrappedOnce(DataSource dataSource) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            assertThat(connection.unwrap(Wrapped.class).depth()).isEqualTo(1);
        }
    }

    private static SimpleDriverDataSource simple() {
        return new SimpleDriverDataSource(new org.h2.Driver(), URL);
    }

    interface Wrapped {
        int depth();
    }

    /** Stands for the resource manager. */
    static final class Manager implements DataSourceProxyingPostProcessor.Management {
        final List<String> names = new CopyOnWriteArrayList<>();
        final List<DataSource> targets = new CopyOnWriteArrayList<>();
        final List<DataSource> left = new CopyOnWriteArrayList<>();
        final List<String> statements = new CopyOnWriteArrayList<>();

        @Nullable SQLException failure;

        @Override
        public ConnectionWrapper manage(String name, DataSource target) {
            names.add(name);
            targets.add(target);
            return this::wrap;
        }

        @Override
        public void leave(DataSource target) {
            left.add(target);
        }

        private Connection wrap(Connection physical) throws SQLException {
            if (failure != null) {
                throw failure;
            }
            int depth = physical.isWrapperFor(Wrapped.class)
                    ? physical.unwrap(Wrapped.class).depth() + 1
                    : 1;
            return (Connection) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                        boolean asked = arguments != null && arguments.length == 1 && arguments[0] == Wrapped.class;
                        if (asked) {
                            return method.getName().equals("unwrap") ? (Wrapped) () -> depth : (Object) true;
                        }
                        if (method.getName().equals("createStatement")) {
                            statements.add(method.getName());
                        }
                        try {
                            return method.invoke(physical, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class PostProcessing {
        @Bean
        static DataSourceProxyingPostProcessor processor(
                ConfigurableListableBeanFactory beans, ObjectProvider<Manager> manager) {
            return new DataSourceProxyingPostProcessor(beans, manager.getObject(), () -> Set.of("excluded"));
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Hikari {
        @Bean
        HikariDataSource pool() {
            HikariDataSource pool = new HikariDataSource();
            pool.setJdbcUrl(URL);
            pool.setMaximumPoolSize(3);
            pool.setPoolName("payments");
            return pool;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Druid {
        @Bean(destroyMethod = "close")
        DruidDataSource druid() {
            DruidDataSource pool = new DruidDataSource();
            pool.setUrl(URL);
            return pool;
        }
    }

    @Configuration
    static class Routing {
        @Bean
        DataSource bean() {
            return simple();
        }

        @Bean
        AbstractRoutingDataSource routing() {
            AbstractRoutingDataSource routing = new AbstractRoutingDataSource() {
                @Override
                protected Object determineCurrentLookupKey() {
                    return "made";
                }
            };
            DataSource made = simple();
            routing.setTargetDataSources(Map.of("bean", bean(), "made", made));
            routing.setDefaultTargetDataSource(made);
            return routing;
        }
    }

    @Configuration
    static class Delegating {
        @Bean
        DataSource pool() {
            return simple();
        }

        @Bean
        DataSource lazy() {
            return new LazyConnectionDataSourceProxy(pool());
        }

        @Bean
        DataSource aware() {
            return new TransactionAwareDataSourceProxy(simple());
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Scoped {
        @Bean
        @Scope(scopeName = BeanDefinition.SCOPE_PROTOTYPE, proxyMode = ScopedProxyMode.INTERFACES)
        DataSource scoped() {
            return simple();
        }
    }
}
