package io.dtx.server.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The server's application as its main method starts it, in this process, on ports that were free. */
public final class RunningServer implements AutoCloseable {

    private final ConfigurableApplicationContext context;

    private RunningServer(ConfigurableApplicationContext context) {
        this.context = context;
    }

    public static RunningServer start(Path dataDirectory, String operatorToken) {
        return start(dataDirectory, List.of("--dtx.server.operator-token=" + operatorToken));
    }

    public static RunningServer start(Path dataDirectory, List<String> more) {
        List<String> arguments = new ArrayList<>(
                List.of("--server.port=0", "--dtx.server.port=0", "--dtx.server.data-dir=" + dataDirectory));
        arguments.addAll(more);
        SpringApplication application = DtxServerApplication.application();
        application.setRegisterShutdownHook(false);
        return new RunningServer(application.run(arguments.toArray(String[]::new)));
    }

    /** The port that applications connect to. */
    public int port() {
        return context.getBean(CoordinatorServer.class).port();
    }

    /** The port that operators connect to. */
    public int httpPort() {
        return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
    }

    @Override
    public void close() {
        context.close();
    }
}
