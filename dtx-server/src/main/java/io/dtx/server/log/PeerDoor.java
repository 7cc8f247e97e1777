package io.dtx.server.log;

import io.dtx.server.tls.FirstBytes;
import io.dtx.server.tls.Refusals;
import io.dtx.server.tls.Tls;
import java.util.List;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.thirdparty.io.netty.channel.Channel;
import org.apache.ratis.thirdparty.io.netty.channel.socket.nio.NioServerSocketChannel;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.IdentityCipherSuiteFilter;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;

/**
 * The log's port: mutual TLS where TLS is set, only for nodes whose certificates name one of the peers, and one line about
 * whoever is turned away. The transport's classes are Ratis' own copies, so this can not be shared with the port for
 * applications.
 */
final class PeerDoor {

    private PeerDoor() {}

    /** For both directions. */
    static Parameters parameters(LogSettings settings) {
        Parameters parameters = new Parameters();
        Tls tls = settings.tls();
        Refusals refusals = new Refusals("a node", "dtx.server.ssl.bundle");
        if (tls != null) {
            GrpcConfigKeys.TLS.setConf(parameters, mutual(tls));
        }
        if (!settings.peers().isEmpty()) {
            GrpcConfigKeys.Server.setServicesCustomizer(parameters, (builder, types) -> {
                builder.channelFactory(() -> new Entrance(refusals));
                return tls == null ? builder : builder.intercept(new PeerCertificates(settings.peers(), refusals));
            });
        }
        return parameters;
    }

    private static GrpcTlsConfig mutual(Tls tls) {
        GrpcTlsConfig.Builder builder = GrpcTlsConfig.newBuilder()
                .setKeyManager(tls.keys())
                .setTrustManager(tls.trust())
                .setMutualTls(true)
                .setSslProvider(SslProvider.JDK)
                .setCipherSuiteFilter(IdentityCipherSuiteFilter.INSTANCE);
        return builder.setProtocols(tls.protocols())
                .setCipherSuites(tls.ciphers())
                .build();
    }

    private static final class Entrance extends NioServerSocketChannel {

        private final Refusals refusals;

        Entrance(Refusals refusals) {
            this.refusals = refusals;
        }

        @Override
        protected int doReadMessages(List<Object> accepted) throws Exception {
            int before = accepted.size();
            int count = super.doReadMessages(accepted);
            for (Object connection : accepted.subList(before, accepted.size())) {
                ((Channel) connection).pipeline().addFirst(new PeerDoorman(refusals, FirstBytes.PATIENCE));
            }
            return count;
        }
    }
}
