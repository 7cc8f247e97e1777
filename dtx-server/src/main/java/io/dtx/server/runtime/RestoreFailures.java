package io.dtx.server.runtime;

/**
 * How the restore of one branch has failed so far, as this leader knows.
 *
 * @param count how many times since this node leads
 * @param last what the resource manager said of the last one; may be cut
 */
public record RestoreFailures(int count, String last) {}
