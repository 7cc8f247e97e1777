package io.dtx.server.coordinator;

/**
 * How much the state holds.
 *
 * @param stalledBranches branches that wait for an operator
 * @param lockedKeys keys held by at least one transaction
 * @param outcomes finished transactions that are not forgotten
 */
public record Counts(int active, int rollingBack, int stalledBranches, int lockedKeys, int outcomes) {}
