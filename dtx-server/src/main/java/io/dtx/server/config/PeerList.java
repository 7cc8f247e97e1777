package io.dtx.server.config;

import io.dtx.server.log.LogSettings.Peer;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code dtx.server.peers} as people write it: {@code id=host:port/log-port}, the same on every node. */
final class PeerList {

    private static final String FORM_TEXT = "id=host:port/log-port, for example n1=10.0.0.1:8091/8092";
    private static final Pattern FORM = Pattern.compile(
            "(?<id>[0-9A-Za-z._-]{1,40})=(?:\\[(?<v6>[0-9A-Fa-f:.%]+)]|(?<host>[0-9A-Za-z._-]+)):(?<port>[0-9]{1,5})/(?<log>[0-9]{1,5})");
    private static final Set<Integer> SIZES = Set.of(3, 5);

    private PeerList() {}

    /** @throws StartException naming what is wrong */
    static List<Peer> parse(List<String> texts) {
        List<Peer> peers = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        Set<String> addresses = new HashSet<>();
        for (String text : texts) {
            Peer peer = parse(text.strip());
            String logAddress = peer.host() + ":" + peer.port();
            if (!ids.add(peer.id()) || !addresses.add(peer.door()) || !addresses.add(logAddress)) {
                throw new StartException(
                        "dtx.server.peers names an id or an address twice, in '" + text + "'",
                        "Give each node an id, a port for applications and a port for the log of its own.",
                        null);
            }
            peers.add(peer);
        }
        if (!SIZES.contains(peers.size())) {
            throw new StartException(
                    "dtx.server.peers names " + peers.size() + " nodes",
                    "Name three nodes, of which one may fail, or five, of which two may; for one node set neither"
                            + " dtx.server.peers nor dtx.server.id.",
                    null);
        }
        return peers;
    }

    private static Peer parse(String text) {
        Matcher form = FORM.matcher(text);
        int port = form.matches() ? Integer.parseInt(form.group("port")) : 0;
        int logPort = form.matches() ? Integer.parseInt(form.group("log")) : 0;
        if (port < 1 || port > 65_535 || logPort < 1 || logPort > 65_535) {
            throw new StartException(
                    "dtx.server.peers: '" + text + "' is no peer", "Write each as " + FORM_TEXT + ".", null);
        }
        String v6 = form.group("v6");
        String host = v6 != null ? v6 : form.group("host");
        if (!nameable(host, port)) {
            throw new StartException(
                    "dtx.server.peers: '" + text + "' is no peer, since no host can have that name",
                    "Name it with letters, digits and hyphens between dots, and no underscore, or by its IP address.",
                    null);
        }
        return new Peer(form.group("id"), host, logPort, (v6 != null ? "[" + v6 + "]" : host) + ":" + port);
    }

    /** Whether it can be connected to: gRPC asks the same of the JDK. */
    private static boolean nameable(String host, int port) {
        try {
            return new URI(null, null, host, port, null, null, null).getHost() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
