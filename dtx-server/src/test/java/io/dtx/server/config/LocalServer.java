package io.dtx.server.config;

import io.dtx.server.runtime.LeaderListener;
import io.dtx.server.runtime.LeaderSettings;
import io.dtx.server.runtime.Limits;
import io.dtx.server.tls.Tls;
import io.dtx.server.transport.Patience;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** How a test wants its coordinator, which has no HTTP side and listens on loopback. */
record LocalServer(
        Path data,
        int port,
        @Nullable String token,
        @Nullable Tls tls,
        Limits limits,
        Patience patience,
        boolean newCluster) {

    /** With nothing set, on any port that is free. */
    static LocalServer in(Path data) {
        return new LocalServer(data, 0, null, null, Limits.STANDARD, Patience.STANDARD, false);
    }

    LocalServer at(int otherPort) {
        return new LocalServer(data, otherPort, token, tls, limits, patience, newCluster);
    }

    LocalServer with(@Nullable String otherToken) {
        return new LocalServer(data, port, otherToken, tls, limits, patience, newCluster);
    }

    LocalServer with(@Nullable Tls otherTls) {
        return new LocalServer(data, port, token, otherTls, limits, patience, newCluster);
    }

    LocalServer with(Limits otherLimits) {
        return new LocalServer(data, port, token, tls, otherLimits, patience, newCluster);
    }

    LocalServer with(Patience otherPatience) {
        return new LocalServer(data, port, token, tls, limits, otherPatience, newCluster);
    }

    LocalServer asNewCluster(boolean otherNewCluster) {
        return new LocalServer(data, port, token, tls, limits, patience, otherNewCluster);
    }

    CoordinatorServer start() {
        CoordinatorSettings settings = new CoordinatorSettings(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                        token,
                        data,
                        LeaderSettings.STANDARD.withLimits(limits),
                        newCluster)
                .with(tls);
        return CoordinatorServer.start(settings, patience, LeaderListener.NONE, () -> {}, null);
    }
}
