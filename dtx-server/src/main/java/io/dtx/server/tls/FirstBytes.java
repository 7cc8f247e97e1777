package io.dtx.server.tls;

import java.time.Duration;
import java.util.HexFormat;

/**
 * What a connection's first byte means at a port with or without TLS: one decision for both ports, whose Nettys are two copies
 * of the same classes.
 */
public enum FirstBytes {
    /** HTTP/2 at a port without TLS: as it should be. */
    HTTP_2,
    /** Anything at a port with TLS but the next: what it is worth, the handshake shows. */
    HANDSHAKE,
    /** HTTP/2 at a port with TLS: it understands {@link #tlsNeeded}. */
    PLAIN_TEXT,
    /** TLS at a port without. */
    ENCRYPTED,
    /** Neither at a port without TLS. */
    FOREIGN;

    /** Whoever connects says something at once: how long until HTTP/2 has begun, or the handshake is done. */
    public static final Duration PATIENCE = Duration.ofSeconds(10);

    /** How many bytes HTTP/2 begins with, always the same. */
    public static final int HTTP_2_BEGINNING = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length();

    /** An empty SETTINGS frame, then GOAWAY with the error INADEQUATE_SECURITY; as if all had been taken: it must not try again. */
    private static final String FRAMES = "000000040000000000" + "000008070000000000" + "7fffffff" + "0000000c";

    private static final int TLS_HANDSHAKE = 0x16;

    /**
     * @param first from 0 to 255
     * @param encrypted whether the port speaks TLS
     */
    public static FirstBytes of(int first, boolean encrypted) {
        if (encrypted) {
            return first == 'P' ? PLAIN_TEXT : HANDSHAKE;
        }
        return switch (first) {
            case 'P' -> HTTP_2;
            case TLS_HANDSHAKE -> ENCRYPTED;
            default -> FOREIGN;
        };
    }

    /** The answer to HTTP/2 without TLS where TLS is needed. */
    public static byte[] tlsNeeded() {
        return HexFormat.of().parseHex(FRAMES);
    }
}
