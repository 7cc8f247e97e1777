package io.dtx.server.runtime;

import io.dtx.model.BranchId;
import org.jspecify.annotations.Nullable;

/**
 * A resource as this leader sees it.
 *
 * @param label its normalised URL; empty if no application has told it since this node leads
 * @param processes how many application processes carry out phase two for it
 * @param waiting how many branches wait to be restored
 * @param first one of those, the one whose turn it is; null for none
 * @param unservedMillis for how long branches have waited without any process to restore them, as far as this leader knows; 0
 *     if that is not so
 */
public record ResourceStatus(
        String resource,
        String label,
        int processes,
        int waiting,
        @Nullable BranchId first,
        long unservedMillis) {}
