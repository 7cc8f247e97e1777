package io.dtx.server.log;

import io.dtx.server.tls.FirstBytes;
import io.dtx.server.tls.Refusals;
import io.dtx.server.tls.Tls;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.thirdparty.io.netty.buffer.ByteBuf;
import org.apache.ratis.thirdparty.io.netty.buffer.Unpooled;
import org.apache.ratis.thirdparty.io.netty.channel.Channel;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelHandlerContext;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelInboundHandlerAdapter;
import org.apache.ratis.thirdparty.io.netty.channel.socket.nio.NioServerSocketChannel;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.IdentityCipherSuiteFilter;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslHandler;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslProvider;
import org.apache.ratis.thirdparty.io.netty.util.ReferenceCountUtil;

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
                ((Channel) connection).pipeline().addFirst(new Doorman(refusals));
            }
            return count;
        }
    }

    private static final class Doorman extends ChannelInboundHandlerAdapter {

        private static final long LINGER_MILLIS = 500;

        private final Refusals refusals;
        private boolean turnedAway;

        Doorman(Refusals refusals) {
            this.refusals = refusals;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            if (turnedAway) {
                ReferenceCountUtil.release(message);
                return;
            }
            if (message instanceof ByteBuf bytes && bytes.isReadable()) {
                int first = bytes.getUnsignedByte(bytes.readerIndex());
                if (FirstBytes.isHttp2(first) && context.pipeline().get(SslHandler.class) != null) {
                    turnAway(context);
                    bytes.release();
                    return;
                }
                look(context, first);
                context.pipeline().remove(this);
            }
            super.channelRead(context, message);
        }

        /** Not closed at once: what it is sending would meet a closed socket, and the answer would be lost with that. */
        private void turnAway(ChannelHandlerContext context) {
            turnedAway = true;
            refusals.plain(context.channel().remoteAddress());
            var unusedWrite = context.writeAndFlush(Unpooled.wrappedBuffer(FirstBytes.tlsNeeded()));
            Runnable close = () -> {
                var unused = context.close();
            };
            var unusedTask = context.executor().schedule(close, LINGER_MILLIS, TimeUnit.MILLISECONDS);
        }

        private void look(ChannelHandlerContext context, int first) {
            SocketAddress from = context.channel().remoteAddress();
            SslHandler tls = context.pipeline().get(SslHandler.class);
            if (tls != null) {
                var unused = tls.handshakeFuture().addListener(handshake -> {
                    if (!handshake.isSuccess()) {
                        refusals.handshakeFailed(from, handshake.cause());
                    }
                });
            } else if (FirstBytes.isTls(first)) {
                refusals.encrypted(from);
            } else if (!FirstBytes.isHttp2(first)) {
                refusals.foreign(from);
            }
        }
    }
}
