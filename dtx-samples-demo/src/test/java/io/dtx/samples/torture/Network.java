package io.dtx.samples.torture;

import io.dtx.test.TcpProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * A relay on each way from one process to another.
 *
 * <p>A coordinator has one name and one port for everybody: its peers have one list, and it names itself to applications. So
 * what a name means depends on who asks: each process gets a hosts file of its own ({@code jdk.net.hosts.file}), in which each
 * name stands for the loopback address on which the relay of that way listens.
 */
final class Network implements AutoCloseable {

    private static final String DOMAIN = ".torture";
    /** Elsewhere 127.0.0.1 is the only one, and the ways to coordinators go without a relay. */
    private static final boolean MANY_LOOPBACK_ADDRESSES =
            System.getProperty("os.name").equals("Linux");

    private record Ends(String from, String to) {}

    private final Path directory;
    private final Map<Ends, List<TcpProxy>> relays = new LinkedHashMap<>();
    private final Map<String, Map<String, String>> hosts = new TreeMap<>();
    private int addresses;

    /** @param directory where the hosts files go */
    Network(Path directory) {
        this.directory = directory;
    }

    /** What others are to call a coordinator. */
    static String host(String id) {
        return id + DOMAIN;
    }

    /** @return the port on 127.0.0.1 at which the one reaches the other */
    int relay(String from, String to, int port) {
        TcpProxy relay = TcpProxy.to(port);
        add(from, to, relay);
        return relay.port();
    }

    /** From here on the one reaches the other's port under its {@link #host} and the same number. */
    void relayByName(String from, String to, int port) throws IOException {
        if (!MANY_LOOPBACK_ADDRESSES) {
            names(from).put(host(to), "127.0.0.1");
            return;
        }
        int number = ++addresses;
        InetAddress address =
                InetAddress.getByAddress(new byte[] {127, 77, (byte) (number / 250), (byte) (number % 250 + 1)});
        add(from, to, TcpProxy.at(address, port));
        names(from).put(host(to), address.getHostAddress());
    }

    private Map<String, String> names(String process) {
        return hosts.computeIfAbsent(process, name -> new TreeMap<>());
    }

    private void add(String from, String to, TcpProxy relay) {
        relays.computeIfAbsent(new Ends(from, to), ends -> new ArrayList<>()).add(relay);
    }

    /** The option by which a Java process takes the names as the one that it is should; names itself, too. */
    String hostsOption(String process) throws IOException {
        Set<String> lines = new LinkedHashSet<>();
        lines.add("127.0.0.1 localhost");
        lines.add("127.0.0.1 " + host(process));
        lines.add("127.0.0.1 " + InetAddress.getLocalHost().getHostName());
        names(process).forEach((name, address) -> lines.add(address + " " + name));
        Path file = directory.resolve(process + ".hosts");
        Files.write(file, lines);
        return "-Djdk.net.hosts.file=" + file;
    }

    /** Each by itself. */
    List<Way> ways() {
        return relays.entrySet().stream()
                .map(way -> new Way(way.getKey().from() + "-" + way.getKey().to(), way.getValue()))
                .toList();
    }

    /** All ways between some processes and one of them, in both directions. */
    Way around(String process, Set<String> others) {
        return together(
                process + " and " + String.join(", ", others),
                ends -> (ends.from().equals(process) && others.contains(ends.to()))
                        || (ends.to().equals(process) && others.contains(ends.from())));
    }

    private Way together(String name, Predicate<Ends> which) {
        return new Way(
                name,
                relays.entrySet().stream()
                        .filter(way -> which.test(way.getKey()))
                        .flatMap(way -> way.getValue().stream())
                        .toList());
    }

    void release() {
        relays.values().forEach(way -> way.forEach(TcpProxy::release));
    }

    @Override
    public void close() {
        relays.values().forEach(way -> way.forEach(TcpProxy::close));
    }
}
