package io.dtx.server.transport;

import io.dtx.server.tls.FirstBytes;
import java.time.Duration;

/**
 * How long the port for applications waits for whoever connects.
 *
 * @param beginning from the connection until HTTP/2 has begun, or the TLS handshake is done
 * @param hello from the opening of a stream until its Hello
 */
public record Patience(Duration beginning, Duration hello) {

    public static final Patience STANDARD = new Patience(FirstBytes.PATIENCE, Duration.ofSeconds(10));
}
