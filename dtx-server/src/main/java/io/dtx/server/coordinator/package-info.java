/**
 * The coordinator's state machine: pure and deterministic. The same commands in the same order give the same state and the
 * same results on every node and in every replay. Must not know a clock, a thread, I/O, randomness, or Spring: time comes
 * with the command.
 */
@NullMarked
package io.dtx.server.coordinator;

import org.jspecify.annotations.NullMarked;
