package io.dtx.client;

import io.dtx.protocol.WireProtocol;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NegotiationType;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.grpc.netty.shaded.io.netty.handler.ssl.JdkSslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Opens channels to coordinator nodes. */
final class Channels {

    private static final ApplicationProtocolConfig HTTP_2 = new ApplicationProtocolConfig(
            Protocol.ALPN, SelectorFailureBehavior.NO_ADVERTISE, SelectedListenerFailureBehavior.ACCEPT, "h2");

    private Channels() {}

    /** @param tls null for plain text */
    static ManagedChannel open(Address address, @Nullable Tls tls) {
        NettyChannelBuilder channel = NettyChannelBuilder.forAddress(address.host(), address.port())
                // As for a database: a proxy that the process uses for HTTP is none of ours.
                .proxyDetector(target -> null)
                // Replies are handled without blocking, so they need no thread of their own.
                .directExecutor()
                // What has to be sent again is known better here; gRPC would keep every message for that.
                .disableRetry()
                .maxInboundMessageSize(WireProtocol.MAX_MESSAGE_BYTES)
                .keepAliveTime(WireProtocol.KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(WireProtocol.KEEP_ALIVE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        return tls == null
                ? channel.negotiationType(NegotiationType.PLAINTEXT).build()
                : channel.sslContext(context(tls)).build();
    }

    // The JDK's TLS, not gRPC's OpenSSL: its native library is not in what applications get.
    private static SslContext context(Tls tls) {
        return new JdkSslContext(
                tls.context(),
                true,
                tls.ciphers().isEmpty() ? null : tls.ciphers(),
                IdentityCipherSuiteFilter.INSTANCE,
                HTTP_2,
                ClientAuth.NONE,
                tls.protocols().isEmpty() ? null : tls.protocols().toArray(String[]::new),
                false);
    }
}
