package io.dtx.samples.torture;

import io.dtx.test.TcpProxy;
import java.util.List;
import java.util.function.Consumer;

/**
 * One or more relays that are cut, closed and held up together.
 *
 * @param name the two ends, for the report
 */
record Way(String name, List<TcpProxy> relays) {

    void cut() {
        each(TcpProxy::cut);
    }

    void refuse() {
        each(TcpProxy::refuse);
    }

    void holdRequests() {
        each(TcpProxy::holdRequests);
    }

    void holdAnswers() {
        each(TcpProxy::holdAnswers);
    }

    /** Nothing goes either way, and nobody is told. */
    void hold() {
        holdRequests();
        holdAnswers();
    }

    void release() {
        each(TcpProxy::release);
    }

    private void each(Consumer<TcpProxy> step) {
        relays.forEach(step);
    }
}
