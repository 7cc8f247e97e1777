package io.dtx.server.runtime;

import io.dtx.model.Xid;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clusters that applications have worked with before they came to this one: its data may have been lost, or another directory
 * was started by mistake. The application says the same on its side. Called from the event loop only.
 */
final class OtherClusters {

    private static final Logger log = LoggerFactory.getLogger(OtherClusters.class);
    /** A client may claim what it likes. */
    private static final int MOST_SAID = 100;

    private final Set<String> said = new HashSet<>();

    /** Each is said once. */
    void remembered(String application, Set<String> clusters, String here) {
        for (String cluster : new TreeSet<>(clusters)) {
            if (!cluster.equals(here) && Xid.isClusterId(cluster) && said.size() < MOST_SAID && said.add(cluster)) {
                log.warn(
                        "Application {} has worked with cluster {}; this is cluster {}. If nobody meant this coordinator to"
                                + " begin anew, stop it, and start it on the data of {}. Transactions of {} can not be decided"
                                + " here; their undo rows stay in the databases for the operator.",
                        application,
                        cluster,
                        here,
                        cluster,
                        cluster);
            }
        }
    }
}
