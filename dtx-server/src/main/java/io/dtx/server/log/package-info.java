/**
 * The replicated log: commands go in, are made durable on a majority of the peers (one, by default), and are applied to the
 * state machine in one order; snapshots keep it short. Must not know what a command means, nor who sent it.
 */
@NullMarked
package io.dtx.server.log;

import org.jspecify.annotations.NullMarked;
