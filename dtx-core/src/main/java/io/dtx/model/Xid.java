package io.dtx.model;

import com.github.f4b6a3.ulid.Ulid;

/**
 * The identifier of a global transaction: {@code <cluster>-<ULID>}.
 *
 * <p>The cluster part is the 8-character id of the coordinator cluster that knows the transaction; the ULID
 * (<a href="https://github.com/ulid/spec">specification</a>) is minted by the transaction manager with the
 * coordinator's time, so that XIDs sort by time within a cluster.
 *
 * @param cluster 8 characters of {@code [0-9A-Za-z]}
 * @param ulid 26 characters, canonical upper case
 */
public record Xid(String cluster, String ulid) implements Comparable<Xid> {

    /** The longest text form this or a later version may use, in characters. */
    public static final int MAX_LENGTH = 64;

    /** The length of a cluster id. */
    public static final int CLUSTER_LENGTH = 8;

    private static final int ULID_LENGTH = 26;

    public Xid {
        if (!isClusterId(cluster)) {
            throw new IllegalArgumentException("not a coordinator cluster id: '" + abbreviate(cluster) + "'");
        }
        if (!isUlid(ulid)) {
            throw new IllegalArgumentException("not a ULID: '" + abbreviate(ulid) + "'");
        }
    }

    /** Whether the text can be the id of a coordinator cluster. */
    public static boolean isClusterId(String text) {
        if (text.length() != CLUSTER_LENGTH) {
            return false;
        }
        for (int i = 0; i < CLUSTER_LENGTH; i++) {
            char c = text.charAt(i);
            if (!isDigit(c) && !isUpper(c) && !(c >= 'a' && c <= 'z')) {
                return false;
            }
        }
        return true;
    }

    // Loops and no regular expressions: every message names an XID or two, and these were a tenth of reading one.
    private static boolean isUlid(String text) {
        if (text.length() != ULID_LENGTH || text.charAt(0) > '7') {
            return false;
        }
        for (int i = 0; i < ULID_LENGTH; i++) {
            char c = text.charAt(i);
            if (!isDigit(c) && (!isUpper(c) || c == 'I' || c == 'L' || c == 'O' || c == 'U')) {
                return false;
            }
        }
        return true;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isUpper(char c) {
        return c >= 'A' && c <= 'Z';
    }

    /**
     * Mints an XID.
     *
     * @param cluster the coordinator cluster's id
     * @param epochMillis the coordinator's time, in milliseconds since the epoch
     * @param random 10 bytes
     */
    public static Xid mint(String cluster, long epochMillis, byte[] random) {
        return new Xid(cluster, new Ulid(epochMillis, random).toString());
    }

    /**
     * Reads the text form.
     *
     * @throws IllegalArgumentException if the text is not an XID; the message quotes it, shortened and printable
     */
    public static Xid parse(String text) {
        if (text.length() != CLUSTER_LENGTH + 1 + ULID_LENGTH || text.charAt(CLUSTER_LENGTH) != '-') {
            throw new IllegalArgumentException("not an XID: '" + abbreviate(text) + "'");
        }
        return new Xid(text.substring(0, CLUSTER_LENGTH), text.substring(CLUSTER_LENGTH + 1));
    }

    /** When it was minted, by the coordinator's clock, in milliseconds since the epoch. */
    public long epochMillis() {
        return Ulid.getTime(ulid);
    }

    /** By cluster id, then by time and random part. */
    @Override
    public int compareTo(Xid other) {
        int byCluster = cluster.compareTo(other.cluster);
        return byCluster != 0 ? byCluster : ulid.compareTo(other.ulid);
    }

    @Override
    public String toString() {
        return cluster + "-" + ulid;
    }

    private static String abbreviate(String text) {
        String printable = text.replaceAll("[^\\x20-\\x7e]", "?");
        return printable.length() <= MAX_LENGTH ? printable : printable.substring(0, MAX_LENGTH) + "...";
    }
}
