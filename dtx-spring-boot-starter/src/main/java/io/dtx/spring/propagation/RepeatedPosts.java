package io.dtx.spring.propagation;

/**
 * The JDK's HttpURLConnection, under Feign's and Spring's plain clients, sends a POST a second time by itself when a reused
 * connection breaks before the answer: nobody above it hears of it. The first may have been carried out, so the second
 * would do the same work twice in one global transaction, and both would be committed.
 *
 * @see <a href="https://docs.oracle.com/javase/8/docs/technotes/guides/net/properties.html">Networking properties of the
 *     JDK</a>, {@code sun.net.http.retryPost}
 */
public final class RepeatedPosts {

    private static final String PROPERTY = "sun.net.http.retryPost";

    private RepeatedPosts() {}

    /**
     * Switches it off for this process, unless the property is set already. Must come before the process's first use of
     * HttpURLConnection, which reads the property once.
     */
    public static void switchOff() {
        if (System.getProperty(PROPERTY) == null) {
            System.setProperty(PROPERTY, "false");
        }
    }
}
