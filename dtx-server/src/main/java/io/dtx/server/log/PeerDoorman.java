package io.dtx.server.log;

import io.dtx.server.tls.FirstBytes;
import io.dtx.server.tls.Refusals;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.thirdparty.io.netty.buffer.ByteBuf;
import org.apache.ratis.thirdparty.io.netty.buffer.Unpooled;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelHandlerContext;
import org.apache.ratis.thirdparty.io.netty.channel.ChannelInboundHandlerAdapter;
import org.apache.ratis.thirdparty.io.netty.handler.ssl.SslHandler;
import org.apache.ratis.thirdparty.io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/** At the log's port what {@code Doorman} is at the port for applications, on Ratis' own copy of Netty. */
final class PeerDoorman extends ChannelInboundHandlerAdapter {

    private static final long LINGER_MILLIS = 500;

    private final Refusals refusals;
    private final Duration patience;
    private long read;
    private boolean turnedAway;
    private @Nullable Future<?> timer;

    PeerDoorman(Refusals refusals, Duration patience) {
        this.refusals = refusals;
        this.patience = patience;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) throws Exception {
        Runnable giveUp = () -> {
            refusals.silent(context.channel().remoteAddress(), patience);
            var unused = context.close();
        };
        timer = context.executor().schedule(giveUp, patience.toMillis(), TimeUnit.MILLISECONDS);
        super.channelActive(context);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        stopTimer();
        super.channelInactive(context);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (turnedAway) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (message instanceof ByteBuf bytes && bytes.isReadable()) {
            @Nullable SslHandler tls = context.pipeline().get(SslHandler.class);
            if (read == 0 && !begins(context, bytes.getUnsignedByte(bytes.readerIndex()), tls)) {
                bytes.release();
                return;
            }
            read += bytes.readableBytes();
            if (tls == null && read >= FirstBytes.HTTP_2_BEGINNING) {
                leave(context);
            }
        }
        super.channelRead(context, message);
    }

    /** False if it is turned away. */
    private boolean begins(ChannelHandlerContext context, int first, @Nullable SslHandler tls) {
        SocketAddress from = context.channel().remoteAddress();
        FirstBytes with = FirstBytes.of(first, tls != null);
        refusals.began(from, with);
        if (with == FirstBytes.PLAIN_TEXT) {
            turnAway(context);
            return false;
        }
        if (tls != null) {
            var unused = tls.handshakeFuture().addListener(handshake -> {
                leave(context);
                if (!handshake.isSuccess()) {
                    refusals.handshakeFailed(from, handshake.cause());
                }
            });
        }
        return true;
    }

    /** Not closed at once: what it is sending would meet a closed socket, and the answer would be lost with that. */
    private void turnAway(ChannelHandlerContext context) {
        turnedAway = true;
        stopTimer();
        var unusedWrite = context.writeAndFlush(Unpooled.wrappedBuffer(FirstBytes.tlsNeeded()));
        Runnable close = () -> {
            var unused = context.close();
        };
        var unusedTask = context.executor().schedule(close, LINGER_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void leave(ChannelHandlerContext context) {
        stopTimer();
        if (!context.isRemoved()) {
            context.pipeline().remove(this);
        }
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }
}
