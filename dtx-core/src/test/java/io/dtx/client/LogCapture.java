package io.dtx.client;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/** What one class logs while this is open. */
final class LogCapture extends AppenderBase<ILoggingEvent> implements AutoCloseable {

    private final Logger logger;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final BlockingQueue<String> arriving = new LinkedBlockingQueue<>();

    LogCapture(Class<?> source) {
        logger = (Logger) LoggerFactory.getLogger(source);
        start();
        logger.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (event.getLevel().isGreaterOrEqual(Level.INFO)) {
            lines.add(event.getLevel() + " " + event.getFormattedMessage());
            arriving.add(event.getFormattedMessage());
        }
    }

    List<String> lines() {
        return lines;
    }

    /** Waits for a line that contains this. */
    String await(String part) throws InterruptedException {
        while (true) {
            String line = arriving.poll(20, TimeUnit.SECONDS);
            if (line == null) {
                throw new AssertionError("not logged: " + part + "; but " + lines);
            }
            if (line.contains(part)) {
                return line;
            }
        }
    }

    @Override
    public void close() {
        logger.detachAppender(this);
    }
}
