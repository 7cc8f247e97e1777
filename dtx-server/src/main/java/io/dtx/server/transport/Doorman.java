package io.dtx.server.transport;

import io.dtx.server.tls.FirstBytes;
import io.dtx.server.tls.Refusals;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslHandler;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import java.net.SocketAddress;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Looks at a connection's first bytes, so that it can be said why one comes to nothing: gRPC itself says so to nobody. */
final class Doorman extends ChannelInboundHandlerAdapter {

    private static final long LINGER_MILLIS = 500;

    /** Whoever connects says something at once: TLS, or the beginning of HTTP/2. */
    private static final long SILENCE_SECONDS = 10;

    private final Refusals refusals;
    private boolean turnedAway;
    private @Nullable Future<?> silence;

    Doorman(Refusals refusals) {
        this.refusals = refusals;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) throws Exception {
        Runnable close = () -> {
            var unused = context.close();
        };
        silence = context.executor().schedule(close, SILENCE_SECONDS, TimeUnit.SECONDS);
        super.channelActive(context);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        endSilence();
        super.channelInactive(context);
    }

    private void endSilence() {
        if (silence != null) {
            silence.cancel(false);
            silence = null;
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (turnedAway) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (message instanceof ByteBuf bytes && bytes.isReadable()) {
            endSilence();
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
        @Nullable SslHandler tls = context.pipeline().get(SslHandler.class);
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
