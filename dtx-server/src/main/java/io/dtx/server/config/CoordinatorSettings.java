package io.dtx.server.config;

import io.dtx.server.log.LogSettings;
import io.dtx.server.log.LogSettings.Peer;
import io.dtx.server.runtime.LeaderSettings;
import io.dtx.server.tls.Tls;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a coordinator needs to be told.
 *
 * @param address where applications connect; port 0 for any that is free
 * @param token what applications must send; null for none
 * @param tls how the ports for applications and for other nodes are encrypted; null for plain text
 * @param dataDirectory created if missing
 * @param newClusterId an operator's word that old data begins a new life under a new cluster id
 * @param id this node's among the peers; empty for a node by itself
 * @param peers all nodes of the cluster, this one among them; empty for a node by itself
 */
public record CoordinatorSettings(
        InetSocketAddress address,
        @Nullable String token,
        @Nullable Tls tls,
        Path dataDirectory,
        LeaderSettings leader,
        boolean newClusterId,
        String id,
        List<Peer> peers) {

    public CoordinatorSettings {
        peers = List.copyOf(peers);
    }

    /** A node by itself, in plain text. */
    public CoordinatorSettings(
            InetSocketAddress address,
            @Nullable String token,
            Path dataDirectory,
            LeaderSettings leader,
            boolean newClusterId) {
        this(address, token, null, dataDirectory, leader, newClusterId, "", List.of());
    }

    /** The same with encryption. */
    public CoordinatorSettings with(@Nullable Tls encryption) {
        return new CoordinatorSettings(address, token, encryption, dataDirectory, leader, newClusterId, id, peers);
    }

    /** The same as one of several nodes. */
    public CoordinatorSettings as(String nodeId, List<Peer> nodes) {
        return new CoordinatorSettings(address, token, tls, dataDirectory, leader, newClusterId, nodeId, nodes);
    }

    LogSettings log(Path data) {
        Path directory = data.resolve("log");
        return peers.isEmpty()
                ? LogSettings.alone(directory)
                : LogSettings.member(directory, id, peers, address.getAddress().getHostAddress(), tls);
    }

    /** The other nodes, where they are on other machines, and this one's ports are open to its own machine only; empty otherwise. */
    List<Peer> cutOff() {
        return address.getAddress().isLoopbackAddress()
                ? peers.stream()
                        .filter(peer -> !peer.id().equals(id) && !onLoopback(peer.host()))
                        .toList()
                : List.of();
    }

    /** By what is written: a name may be known later than at the start, and to ask for it may take long. */
    private static boolean onLoopback(String host) {
        return host.equalsIgnoreCase("localhost") || host.startsWith("127.") || host.equals("::1");
    }

    /** Where applications reach each node, by its id. */
    Map<String, String> doors() {
        return peers.stream().collect(Collectors.toMap(Peer::id, Peer::door));
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "CoordinatorSettings[" + address + ", " + dataDirectory + (token == null ? "" : ", with token") + "]";
    }
}
