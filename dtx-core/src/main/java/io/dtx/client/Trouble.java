package io.dtx.client;

import io.dtx.error.CoordinatorUnavailableException;
import io.dtx.error.DtxException;
import io.dtx.error.UsageException;
import io.dtx.model.Xid;
import io.dtx.protocol.Reply.Failure;
import io.grpc.Status;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a stream could not be opened, or broke.
 *
 * @param address where
 * @param detail what was said or observed there; never holds the token
 * @param leader the address to ask instead; empty if none was named
 */
record Trouble(Kind kind, Address address, String detail, String leader) {

    enum Kind {
        UNREACHABLE("start the coordinator (java -jar dtx-server-*.jar), or correct dtx.coordinator.addresses"),
        NOT_TRIED("correct that in this application's configuration or files; each further attempt reads them anew"),
        NOT_SERVING("wait until it serves, or look at its log"),
        UNAUTHENTICATED("set dtx.coordinator.token to the coordinator's dtx.server.token"),
        BEHIND("its data is older than what this application has seen: put the newer data back, or start it with"
                + " dtx.server.new-cluster-id=true"),
        UNTRUSTED(
                "add the authority that signed it to the trust store of the SSL bundle that dtx.coordinator.ssl.bundle"
                        + " names"),
        OTHER_HOST("write in dtx.coordinator.addresses a host that the certificate names, or have it name this one"),
        CERTIFICATE_REFUSED("give the SSL bundle that dtx.coordinator.ssl.bundle names a key and a certificate that the"
                + " coordinator trusts"),
        ENCRYPTED("set dtx.coordinator.ssl.bundle to the name of an SSL bundle that trusts its certificate"),
        NOT_ENCRYPTED("set dtx.server.ssl.bundle there, or take dtx.coordinator.ssl.bundle away here"),
        INCOMPATIBLE("run versions of dtx that go together, and check that dtx.coordinator.addresses names the"
                + " coordinator's gRPC port (8091 by default)");

        private final String remedy;

        Kind(String remedy) {
            this.remedy = remedy;
        }

        /** Whether it may go away without anybody's doing. */
        boolean passes() {
            return this == UNREACHABLE || this == NOT_SERVING;
        }
    }

    static Trouble of(Address address, Status status) {
        Trouble inHandshake = Handshakes.trouble(address, status);
        if (inHandshake != null) {
            return inHandshake;
        }
        Kind kind = switch (status.getCode()) {
            case UNAUTHENTICATED, PERMISSION_DENIED -> Kind.UNAUTHENTICATED;
            case UNIMPLEMENTED -> Kind.INCOMPATIBLE;
            case RESOURCE_EXHAUSTED -> Kind.NOT_SERVING;
            default -> Kind.UNREACHABLE;
        };
        Throwable cause = status.getCause();
        String description = status.getDescription();
        String detail = cause != null && cause.getMessage() != null ? cause.getMessage() : description;
        return new Trouble(kind, address, detail == null ? status.getCode().name() : detail, "");
    }

    static Trouble of(Address address, Failure failure) {
        Kind kind = switch (failure.kind()) {
            case UNAUTHENTICATED -> Kind.UNAUTHENTICATED;
            case BEHIND -> Kind.BEHIND;
            case NOT_LEADER, UNAVAILABLE -> Kind.NOT_SERVING;
            default -> Kind.INCOMPATIBLE;
        };
        return new Trouble(kind, address, failure.message(), failure.leader());
    }

    /** The same after a whole round of addresses. */
    Trouble afterTrying(List<Address> addresses) {
        return new Trouble(kind, address, detail + "; tried " + addresses, leader);
    }

    /** For people: where, what, and what to do. */
    String text() {
        String what = switch (kind) {
            case UNREACHABLE -> "can not be reached";
            case NOT_TRIED -> "could not be asked for a connection from here";
            case NOT_SERVING -> "is not serving now";
            case UNAUTHENTICATED -> "refuses this application's token";
            case BEHIND -> "is behind what this application has seen of its cluster";
            case UNTRUSTED -> "shows a certificate that is not trusted here";
            case OTHER_HOST -> "shows the certificate of another host";
            case CERTIFICATE_REFUSED -> "does not take this application's certificate";
            case ENCRYPTED -> "speaks TLS, and this application does not";
            case NOT_ENCRYPTED -> "does not speak TLS";
            case INCOMPATIBLE -> "does not speak this application's protocol";
        };
        return "the coordinator at " + address + " " + what + (detail.isBlank() ? "" : " (" + detail + ")") + ": "
                + kind.remedy;
    }

    DtxException exception(@Nullable Xid xid) {
        return kind == Kind.UNAUTHENTICATED || kind == Kind.INCOMPATIBLE
                ? new UsageException(xid, text())
                : new CoordinatorUnavailableException(xid, text(), null);
    }
}
