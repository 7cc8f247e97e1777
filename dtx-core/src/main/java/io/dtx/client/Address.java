package io.dtx.client;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a coordinator node listens.
 *
 * @param host a name, an IPv4 address, or an IPv6 address without brackets
 */
record Address(String host, int port) {

    private static final Pattern FORM = Pattern.compile("(?:\\[([0-9A-Fa-f:.%]+)]|([0-9A-Za-z._-]+)):([0-9]{1,5})");

    /** @throws IllegalArgumentException if the text is not {@code host:port}; says what to write */
    static Address parse(String text) {
        Matcher form = FORM.matcher(text.strip());
        int port = form.matches() ? Integer.parseInt(form.group(3)) : 0;
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("dtx.coordinator.addresses: '" + text
                    + "' is not host:port; write for example localhost:8091 (an IPv6 address in brackets, no http://)");
        }
        Address address = new Address(form.group(1) != null ? form.group(1) : form.group(2), port);
        if (!address.nameable()) {
            throw new IllegalArgumentException(
                    "dtx.coordinator.addresses: '" + text
                            + "' is not host:port, since no host can have that name; write for example localhost:8091 (letters,"
                            + " digits and hyphens between dots, no underscore; else another name of the host, or its IP address)");
        }
        return address;
    }

    /** Whether gRPC takes it, which asks the same of the JDK; otherwise each attempt to connect would fail, and never pass. */
    private boolean nameable() {
        try {
            return new URI(null, null, host, port, null, null, null).getHost() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
