package io.dtx.context;

import io.dtx.model.Xid;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** How a global transaction travels with a call, whatever carries the call: as named text values. */
public final class TransactionHeaders {

    /** Carries the XID from caller to participant. */
    public static final String XID = "dtx-xid";
    /**
     * On an answer: the participant ended in an error and could not have its veto acknowledged in time, so the caller must
     * veto. The value says why, in printable ASCII.
     */
    public static final String VETO = "dtx-veto";

    private static final int LONGEST_VETO = 200;

    private TransactionHeaders() {}

    /** Hands the current XID's header, if the thread is in a global transaction, to what sets headers. */
    public static void inject(BiConsumer<String, String> setter) {
        Xid xid = CurrentTransaction.xid();
        if (xid != null) {
            setter.accept(XID, xid.toString());
        }
    }

    /**
     * Reads the XID from all values of the header {@link #XID}.
     *
     * @return null if there is no value
     * @throws IllegalArgumentException if a value is not an XID, or two values differ; the message is fit for an answer
     */
    public static @Nullable Xid extract(Iterable<String> values) {
        Set<Xid> found = new HashSet<>();
        for (String value : values) {
            try {
                found.add(Xid.parse(value.strip()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("the header " + XID + " is malformed: " + e.getMessage(), e);
            }
        }
        if (found.size() > 1) {
            throw new IllegalArgumentException("the header " + XID + " names more than one global transaction");
        }
        return found.isEmpty() ? null : found.iterator().next();
    }

    /** The value of the header {@link #VETO}: the reason, shortened, with everything but printable ASCII replaced. */
    public static String vetoValue(String reason) {
        String printable = reason.replaceAll("[^\\x20-\\x7e]", "?").strip();
        return printable.length() <= LONGEST_VETO ? printable : printable.substring(0, LONGEST_VETO);
    }
}
