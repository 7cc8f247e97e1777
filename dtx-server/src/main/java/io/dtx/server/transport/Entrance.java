package io.dtx.server.transport;

import io.dtx.server.tls.Refusals;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.List;

/** The socket that connections come from. */
final class Entrance extends NioServerSocketChannel {

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
