package io.dtx.server.log;

import io.dtx.server.coordinator.Result;

/**
 * A command's result.
 *
 * @param index the log index of its entry
 */
public record Applied(Result result, long index) {}
