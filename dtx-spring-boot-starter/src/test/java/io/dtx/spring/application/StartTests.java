package io.dtx.spring.application;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.rm.ResourceManager;
import io.dtx.spring.autoconfigure.DtxAutoConfiguration;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What dtx adds to the time that an application takes to start: guarded by what it loads on which thread, not by a clock. */
class StartTests {

    private static final List<String> WIRE = List.of("io.grpc.", "com.google.protobuf.", "com.google.common.");
    private static final String PARSER = "net.sf.jsqlparser.";

    @Test
    void theWireIsLoadedBesideTheStartAndTheParserOnlyForAStatement() throws Exception {
        // Never closed: gRPC's threads go a second after the last connection, and load classes for that.
        Loader loader = new Loader();
        Thread main = Thread.currentThread();
        ClassLoader before = main.getContextClassLoader();
        main.setContextClassLoader(loader);
        try {
            runIn(loader).accept(() -> loader.loaded.stream().anyMatch(load -> isWire(load.name())));
        } finally {
            main.setContextClassLoader(before);
        }
        assertThat(loader.loaded)
                .extracting(Load::name)
                .contains(ResourceManager.class.getName())
                .noneMatch(name -> name.startsWith(PARSER));
        assertThat(loader.loaded)
                .filteredOn(load -> load.thread() == main)
                .extracting(Load::name)
                .noneMatch(StartTests::isWire);
    }

    private static boolean isWire(String name) {
        return WIRE.stream().anyMatch(name::startsWith);
    }

    @SuppressWarnings("unchecked")
    private static Consumer<Callable<Boolean>> runIn(ClassLoader loader) throws Exception {
        return Class.forName(Run.class.getName(), true, loader)
                .asSubclass(Consumer.class)
                .getDeclaredConstructor()
                .newInstance();
    }

    record Load(String name, Thread thread) {}

    /** The whole class path once more; notes who asks for what. */
    private static final class Loader extends URLClassLoader {

        final List<Load> loaded = new CopyOnWriteArrayList<>();

        Loader() throws Exception {
            super(classPath(), ClassLoader.getPlatformClassLoader());
        }

        private static URL[] classPath() throws Exception {
            List<URL> urls = new ArrayList<>();
            for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
                urls.add(Path.of(entry).toUri().toURL());
            }
            return urls.toArray(URL[]::new);
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            Class<?> found = super.findClass(name);
            loaded.add(new Load(name, Thread.currentThread()));
            return found;
        }
    }

    /** The application, as that loader sees it; runs until its data source is known and the wire is loaded. */
    public static final class Run implements Consumer<Callable<Boolean>> {

        @Override
        public void accept(Callable<Boolean> wireIsLoaded) {
            new ApplicationContextRunner()
                    .withClassLoader(getClass().getClassLoader())
                    .withConfiguration(AutoConfigurations.of(
                            DtxAutoConfiguration.class, AopAutoConfiguration.class, DataSourceAutoConfiguration.class))
                    .withPropertyValues("spring.datasource.url=jdbc:h2:mem:start", "spring.datasource.username=sa")
                    .run(application -> {
                        assertThat(application).hasNotFailed();
                        ResourceManager manager = application.getBean(ResourceManager.class);
                        Awaitility.await()
                                .until(() -> manager.resources().stream()
                                        .allMatch(resource -> resource.state().attached()));
                        Awaitility.await().until(wireIsLoaded);
                    });
        }
    }
}
