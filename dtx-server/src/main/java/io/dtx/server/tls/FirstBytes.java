package io.dtx.server.tls;

import java.util.HexFormat;

/** What a connection begins with, and the answer to HTTP/2 without TLS where TLS is needed. */
public final class FirstBytes {

    /** An empty SETTINGS frame, then GOAWAY with the error INADEQUATE_SECURITY; as if all had been taken: it must not try again. */
    private static final String FRAMES = "000000040000000000" + "000008070000000000" + "7fffffff" + "0000000c";

    /** How HTTP/2 begins: "PRI * HTTP/2.0". */
    private static final int HTTP_2 = 'P';

    private static final int TLS_HANDSHAKE = 0x16;

    private FirstBytes() {}

    public static byte[] tlsNeeded() {
        return HexFormat.of().parseHex(FRAMES);
    }

    /** @param first the first byte of a connection, from 0 to 255 */
    public static boolean isHttp2(int first) {
        return first == HTTP_2;
    }

    /** @param first the first byte of a connection, from 0 to 255 */
    public static boolean isTls(int first) {
        return first == TLS_HANDSHAKE;
    }
}
