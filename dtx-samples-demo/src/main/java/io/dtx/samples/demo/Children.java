package io.dtx.samples.demo;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The processes that this JVM has started; they end with it at the latest, whether it ends by itself or by Ctrl-C. */
final class Children implements AutoCloseable {

    private final List<ServiceProcess> processes = new CopyOnWriteArrayList<>();
    private final Thread stopAtExit = new Thread(this::stopAll, "demo-stop");

    Children() {
        Runtime.getRuntime().addShutdownHook(stopAtExit);
    }

    /** To be called before the process is started, so that there is no moment at which it would be forgotten. */
    ServiceProcess add(ServiceProcess process) {
        processes.add(process);
        return process;
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(stopAtExit);
        stopAll();
    }

    private void stopAll() {
        processes.forEach(ServiceProcess::stop);
    }
}
