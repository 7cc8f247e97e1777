package io.dtx.server.transport;

import io.dtx.server.runtime.Limits.Limit;
import io.dtx.server.tls.Refusals;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.List;

/** The socket that connections come from. */
final class Entrance extends NioServerSocketChannel {

    private final Connections connections;
    private final Refusals refusals;
    private final Patience patience;

    Entrance(Connections connections, Refusals refusals, Patience patience) {
        this.connections = connections;
        this.refusals = refusals;
        this.patience = patience;
    }

    @Override
    protected int doReadMessages(List<Object> accepted) throws Exception {
        int before = accepted.size();
        int count = super.doReadMessages(accepted);
        for (Object connection : List.copyOf(accepted.subList(before, accepted.size()))) {
            Channel channel = (Channel) connection;
            if (connections.opened()) {
                var unused = channel.closeFuture().addListener(closed -> connections.closed());
                channel.pipeline().addFirst(new Doorman(refusals, patience.beginning()));
            } else {
                refusals.say(
                        channel.remoteAddress(),
                        connections.most() + " connections are open, as many as " + Limit.CONNECTIONS.setBy()
                                + " allows");
                channel.unsafe().closeForcibly();
                accepted.remove(connection);
            }
        }
        return count;
    }
}
