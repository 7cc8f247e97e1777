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
        NOT_SERVING("wait until it serves, or look at its log"),
        UNAUTHENTICATED("set dtx.coordinator.token to the coordinator's dtx.server.token"),
        BEHIND("its data is older than what this application has seen: put the newer data back, or start it with"
                + " dtx.server.new-cluster-id=true"),
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
        Kind kind = switch (status.getCode()) {
            case UNAUTHENTICATED, PERMISSION_DENIED -> Kind.UNAUTHENTICATED;
            case UNIMPLEMENTED -> Kind.INCOMPATIBLE;
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
            case NOT_SERVING -> "is not serving now";
            case UNAUTHENTICATED -> "refuses this application's token";
            case BEHIND -> "is behind what this application has seen of its cluster";
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
