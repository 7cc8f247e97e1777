package io.dtx.server.log;

import io.dtx.server.log.LogSettings.Peer;
import io.dtx.server.tls.Refusals;
import java.net.SocketAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.apache.ratis.thirdparty.io.grpc.Grpc;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Takes calls at the log's port only from whoever shows a certificate that names one of the peers' hosts. That it is genuine,
 * TLS has seen to; but the same authority may have signed for applications too, and whoever reaches the log can write it.
 */
final class PeerCertificates implements ServerInterceptor {

    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;

    private final Set<String> hosts;
    private final Refusals refusals;

    PeerCertificates(List<Peer> peers, Refusals refusals) {
        this.hosts = peers.stream().map(peer -> lower(peer.host())).collect(Collectors.toSet());
        this.refusals = refusals;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        X509Certificate certificate = certificate(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
        if (certificate != null && namesPeer(certificate)) {
            return next.startCall(call, headers);
        }
        String who =
                certificate == null ? "no certificate" : "the certificate of " + certificate.getSubjectX500Principal();
        SocketAddress from = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        refusals.say(
                from,
                "it shows " + who
                        + ", which names none of the hosts in dtx.server.peers: only nodes may reach the log");
        call.close(
                Status.PERMISSION_DENIED.withDescription("this certificate names none of the peers"), new Metadata());
        return new ServerCall.Listener<>() {};
    }

    /** By its alternative names, as TLS does; a star stands for one label. */
    boolean namesPeer(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names != null && names.stream().anyMatch(this::namesPeer);
        } catch (CertificateParsingException e) {
            return false;
        }
    }

    private boolean namesPeer(List<?> name) {
        String text = lower(String.valueOf(name.get(1)));
        if (name.get(0).equals(IP_ADDRESS)) {
            return hosts.contains(text);
        }
        return name.get(0).equals(DNS_NAME)
                && (text.startsWith("*.")
                        ? hosts.stream()
                                .anyMatch(host -> host.indexOf('.') > 0
                                        && host.substring(host.indexOf('.')).equals(text.substring(1)))
                        : hosts.contains(text));
    }

    private static @Nullable X509Certificate certificate(@Nullable SSLSession session) {
        try {
            return session != null && session.getPeerCertificates()[0] instanceof X509Certificate certificate
                    ? certificate
                    : null;
        } catch (SSLPeerUnverifiedException e) {
            return null;
        }
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
