package io.dtx.server.coordinator;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The whole state at one point of the log; immutable. */
public record Snapshot(
        @Nullable String cluster,
        long timestampMillis,
        long watermarkMillis,
        List<Transaction> unfinished,
        List<Transaction> finished) {}
