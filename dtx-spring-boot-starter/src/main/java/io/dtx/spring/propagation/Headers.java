package io.dtx.spring.propagation;

/** The HTTP headers that services of one global transaction exchange. */
public final class Headers {

    /** On a request: the global transaction that it works for. */
    public static final String XID = "dtx-xid";

    /**
     * On an answer: why the service that gives it must not see the transaction committed. Sent where the coordinator could
     * not be told in time; printable ASCII, at most 200 characters.
     */
    public static final String VETO = "dtx-veto";

    private static final int MAX_VETO = 200;

    private Headers() {}

    /** The reason as it may stand in a header. */
    public static String veto(String reason) {
        String printable = reason.replaceAll("[^\\x20-\\x7e]+", " ").strip();
        if (printable.isEmpty()) {
            return "unknown reason";
        }
        return printable.length() <= MAX_VETO ? printable : printable.substring(0, MAX_VETO);
    }
}
