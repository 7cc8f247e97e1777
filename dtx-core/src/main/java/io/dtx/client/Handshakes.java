package io.dtx.client;

import io.dtx.client.Trouble.Kind;
import io.grpc.Status;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What a TLS handshake that came to nothing means. Java and gRPC tell the cases apart by the wording of their messages only;
 * one that is not known here is told as it is.
 */
final class Handshakes {

    /** gRPC's words for the error INADEQUATE_SECURITY, with which the coordinator answers plain text. */
    private static final String TLS_NEEDED = "not secure enough";

    private Handshakes() {}

    /** Null if it has nothing to do with TLS. */
    static @Nullable Trouble trouble(Address address, Status status) {
        String description = String.valueOf(status.getDescription());
        if (description.contains(TLS_NEEDED)) {
            return new Trouble(Kind.ENCRYPTED, address, "", "");
        }
        SSLException failure = null;
        String message = "";
        for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
            failure = cause instanceof SSLException ssl ? ssl : failure;
            message = cause.getMessage() == null ? message : cause.getMessage();
        }
        return failure == null ? null : trouble(address, message);
    }

    private static @Nullable Trouble trouble(Address address, String message) {
        if (message.contains("not an SSL/TLS record")) {
            return new Trouble(Kind.NOT_ENCRYPTED, address, "", "");
        }
        if (message.contains("No subject alternative") || message.contains("No name matching")) {
            return new Trouble(Kind.OTHER_HOST, address, message, "");
        }
        if (message.contains("Received fatal alert: ")
                && (message.contains("certificate") || message.contains("unknown_ca"))) {
            return new Trouble(Kind.CERTIFICATE_REFUSED, address, message, "");
        }
        return message.contains("certification path") || message.contains("NotAfter") || message.contains("NotBefore")
                ? new Trouble(Kind.UNTRUSTED, address, message, "")
                : null;
    }
}
