package io.dtx.server.transport;

import io.dtx.server.tls.Tls;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.grpc.netty.shaded.io.netty.handler.ssl.JdkSslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;

/** TLS as the transport of gRPC takes it. */
final class Encryption {

    private static final ApplicationProtocolConfig HTTP_2 = new ApplicationProtocolConfig(
            Protocol.ALPN, SelectorFailureBehavior.NO_ADVERTISE, SelectedListenerFailureBehavior.ACCEPT, "h2");

    private Encryption() {}

    // The JDK's TLS, as on the other side and at the log's port: one behaviour, one wording of errors.
    static SslContext of(Tls tls) {
        return new JdkSslContext(
                tls.context(),
                false,
                tls.ciphers().isEmpty() ? null : tls.ciphers(),
                IdentityCipherSuiteFilter.INSTANCE,
                HTTP_2,
                tls.applicationsNeedCertificate() ? ClientAuth.REQUIRE : ClientAuth.NONE,
                tls.protocols().isEmpty() ? null : tls.protocols().toArray(String[]::new),
                false);
    }
}
