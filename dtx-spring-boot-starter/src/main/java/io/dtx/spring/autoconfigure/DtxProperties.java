package io.dtx.spring.autoconfigure;

import io.dtx.model.Bounds;
import io.dtx.rm.LocalWrites;
import io.dtx.settings.SecretFile;
import io.dtx.spring.diagnostics.InvalidConfigurationException;
import io.dtx.spring.propagation.HostRule;
import io.dtx.undo.UndoLogCreation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.util.unit.DataSize;

/**
 * The properties of an application that takes part in global transactions.
 *
 * @param enabled Whether global transactions are on.
 * @param disabledBehaviour What annotated methods, and requests that carry an XID, do while "dtx.enabled" is false.
 * @param coordinator Where the coordinator is.
 * @param transaction Defaults of global transactions.
 * @param lock Global locks.
 * @param undoLog The undo log that each database keeps.
 * @param propagation How the XID travels between services.
 * @param dataSources Which data sources take part.
 * @param localWrites What global locks mean to local transactions outside of global ones and of "@GlobalLock".
 */
@ConfigurationProperties("dtx")
public record DtxProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("fail") DisabledBehaviour disabledBehaviour,
        @DefaultValue Coordinator coordinator,
        @DefaultValue Transaction transaction,
        @DefaultValue Lock lock,
        @DefaultValue UndoLog undoLog,
        @DefaultValue Propagation propagation,
        @DefaultValue DataSources dataSources,
        @DefaultValue("free") LocalWrites localWrites) {

    /** What annotated methods, and requests that carry an XID, do while dtx is disabled. */
    public enum DisabledBehaviour {
        /** They fail, so that nothing that was meant to be one transaction runs as several. */
        FAIL,
        /** They run as if dtx were not there. */
        IGNORE
    }

    /**
     * Where the coordinator is.
     *
     * @param addresses Addresses of the coordinator's nodes, each as "host:port".
     * @param token Token that the coordinator expects. Not needed on its default, loopback address.
     * @param tokenFile File that holds the token, in place of dtx.coordinator.token: a mounted secret, for example.
     * @param ssl Encryption of the connection to the coordinator.
     */
    public record Coordinator(
            @DefaultValue("localhost:8091") List<String> addresses,
            @Nullable String token,
            @Nullable Path tokenFile,
            @DefaultValue Ssl ssl) {

        /**
         * Encryption of the connection to the coordinator.
         *
         * @param bundle Name of the SSL bundle ("spring.ssl.bundle.*") whose trust store trusts the coordinator's certificate,
         *     with a key and certificate if the coordinator wants to see one. Plain text if it is not set.
         */
        public record Ssl(@Nullable String bundle) {}

        private static final Pattern ADDRESS = Pattern.compile("([^:\\s/]+|\\[[0-9A-Fa-f:.%]+]):(\\d{1,5})");

        public Coordinator {
            addresses = List.copyOf(addresses);
            if (addresses.isEmpty()) {
                throw new InvalidConfigurationException(
                        "The property 'dtx.coordinator.addresses' is empty.",
                        "Name at least one coordinator, for example dtx.coordinator.addresses=localhost:8091, or leave the"
                                + " property out for that default.");
            }
            addresses.forEach(Coordinator::check);
            if (token != null && tokenFile != null) {
                throw new InvalidConfigurationException(
                        "The properties 'dtx.coordinator.token' and 'dtx.coordinator.token-file' are both set.",
                        "Take one of them away.");
            }
        }

        /** The token, out of its file if it is in one. */
        @Nullable String secret() {
            if (tokenFile == null) {
                return token;
            }
            try {
                return SecretFile.read("dtx.coordinator.token-file", tokenFile);
            } catch (IllegalArgumentException e) {
                throw new InvalidConfigurationException(
                        "The token for the coordinator can not be had.", String.valueOf(e.getMessage()));
            }
        }

        private static void check(String address) {
            var parts = ADDRESS.matcher(address);
            if (!parts.matches() || Integer.parseInt(parts.group(2)) > 65535 || Integer.parseInt(parts.group(2)) == 0) {
                throw new InvalidConfigurationException(
                        "The property 'dtx.coordinator.addresses' holds '" + address + "', which is not an address.",
                        "Write each address as host:port without a scheme, separated by commas, for example"
                                + " dtx.coordinator.addresses=tc1.internal:8091,tc2.internal:8091");
            }
        }

        /** Without the token. */
        @Override
        public String toString() {
            return "Coordinator[addresses=" + addresses + (token == null && tokenFile == null ? "]" : ", with token]");
        }
    }

    /**
     * Defaults of global transactions.
     *
     * @param timeout Time for which a global transaction may stay undecided before the coordinator rolls it back, unless
     *     its annotation says otherwise. 1ms to 1d.
     * @param rollbackWait Longest wait of the method that began a global transaction, before its exception leaves, for what is
     *     rolled back to be undone. Zero for not at all. 1m at most.
     */
    public record Transaction(
            @DefaultValue("60s") Duration timeout,
            @DefaultValue("2s") Duration rollbackWait) {

        public Transaction {
            if (timeout.toMillis() < 1 || timeout.compareTo(Bounds.LONGEST_TIMEOUT) > 0) {
                throw new InvalidConfigurationException(
                        "The property 'dtx.transaction.timeout' is " + timeout
                                + ", which is no time that a global transaction may take.",
                        "Give a time between 1ms and 1d, for example dtx.transaction.timeout=60s");
            }
            if (rollbackWait.isNegative() || rollbackWait.compareTo(Bounds.LONGEST_END_WAIT) > 0) {
                throw new InvalidConfigurationException(
                        "The property 'dtx.transaction.rollback-wait' is " + rollbackWait
                                + ", which is not a time that a rollback is waited for.",
                        "Give a time between 0 and 1m, for example dtx.transaction.rollback-wait=2s");
            }
        }
    }

    /**
     * Global locks.
     *
     * @param longestWait Longest wait for rows that another global transaction has written. Zero fails at once. 10m at most.
     */
    public record Lock(@Name("wait") @DefaultValue("1s") Duration longestWait) {

        public Lock {
            if (longestWait.isNegative() || longestWait.compareTo(Bounds.LONGEST_LOCK_WAIT) > 0) {
                throw new InvalidConfigurationException(
                        "The property 'dtx.lock.wait' is " + longestWait + ", which is not a time to wait.",
                        "Give a time between 0 and 10m, for example dtx.lock.wait=1s");
            }
        }
    }

    /**
     * The undo log that each database keeps.
     *
     * @param maxSize Largest undo record of one local transaction. A larger one is refused before its local commit. Whatever
     *     is set here, PostgreSQL and H2 take 64 MB at most, MySQL and MariaDB three quarters of max_allowed_packet.
     * @param initializeSchema Where the table undo_log is created if it is missing after the application's own database
     *     initialisation (Flyway, Liquibase, schema.sql).
     * @param showValuesOf Names of tables, without schema, whose values the coordinator's operators may see where a rollback
     *     finds rows that someone else has changed. Of other tables they see keys and the names of columns.
     */
    public record UndoLog(
            @DefaultValue("12MB") DataSize maxSize,
            @DefaultValue("embedded") UndoLogCreation initializeSchema,
            @DefaultValue List<String> showValuesOf) {
        public UndoLog {
            showValuesOf = List.copyOf(showValuesOf);
            if (maxSize.toBytes() <= 0 || maxSize.toBytes() > Integer.MAX_VALUE) {
                throw new InvalidConfigurationException(
                        "The property 'dtx.undo-log.max-size' is " + maxSize
                                + ", which leaves no room, or needs too much.",
                        "Give a size between 1B and 2047MB, for example dtx.undo-log.max-size=12MB");
            }
        }
    }

    /**
     * How the XID travels between services.
     *
     * @param hosts Hosts that outgoing calls may tell the XID: names, names with a leading "*." for all below, addresses,
     *     address ranges such as "10.0.0.0/8", "*" for all, and "internal" for loopback and private addresses, names of one
     *     label and names that end in ".local", ".localhost" or ".internal". After "!" one that may not; such alone are
     *     taken from "internal". A list replaces the default.
     * @param acceptFrom Callers whose XID is taken: addresses, address ranges such as "10.0.0.0/8", "*" for all, and
     *     "internal" for loopback and private addresses. After "!" one whose XID is not; such alone are taken from
     *     "internal". A list replaces the default.
     * @param tasks Whether tasks that are handed to Spring Boot's executors, "@Async" methods among them, run in the global
     *     transaction of the thread that hands them over. Its method must wait for them.
     * @param veto Whether a request that ends in an error rolls back the global transaction that it brought. Otherwise its
     *     caller decides alone.
     */
    public record Propagation(
            @DefaultValue("internal") List<String> hosts,
            @DefaultValue("internal") List<String> acceptFrom,
            @DefaultValue("true") boolean tasks,
            @DefaultValue("true") boolean veto) {
        public Propagation {
            hosts = List.copyOf(hosts);
            acceptFrom = List.copyOf(acceptFrom);
            check("dtx.propagation.hosts", hosts, "internal,bank2.example.org");
            check("dtx.propagation.accept-from", acceptFrom, "internal,100.64.0.0/10");
        }

        private static void check(String property, List<String> patterns, String example) {
            if (patterns.stream().allMatch(String::isBlank)) {
                throw new InvalidConfigurationException(
                        "The property '" + property + "' is empty.",
                        "Leave it out for its default, 'internal', or name all that it allows, for example " + property
                                + "=" + example + ". For nobody at all write " + property + "=!*");
            }
            try {
                HostRule.of(patterns);
            } catch (IllegalArgumentException e) {
                throw new InvalidConfigurationException(
                        "The property '" + property + "' holds what is not a host: " + e.getMessage() + ".",
                        "Write names (bank2.example.org), names below a domain (*.example.org), addresses or ranges"
                                + " (10.0.0.0/8), 'internal' or '*', separated by commas.");
            }
        }
    }

    /**
     * Which data sources take part.
     *
     * @param exclude Names of DataSource beans that dtx leaves alone, and of targets inside a routing one, as "bean[key]". What
     *     is written through them is not rolled back.
     * @param sideEffectsAccepted Names of tables, without schema, that may be written in a global transaction although their
     *     triggers or cascading foreign keys then write other rows. Those other rows are neither locked nor rolled back.
     */
    public record DataSources(
            @DefaultValue List<String> exclude,
            @DefaultValue List<String> sideEffectsAccepted) {
        public DataSources {
            exclude = List.copyOf(exclude);
            sideEffectsAccepted = List.copyOf(sideEffectsAccepted);
        }
    }
}
