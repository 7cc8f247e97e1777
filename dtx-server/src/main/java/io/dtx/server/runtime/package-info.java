/**
 * The leader's duties: batching commands into the log, timers, lock waiting, reports, and phase two with backoff. All of it
 * is the memory of one leader, lost with it and rebuilt from the replicated state, and all of it belongs to one thread
 * ({@link io.dtx.server.runtime.EventLoop}). Must not know how a message travels, nor Spring.
 */
@NullMarked
package io.dtx.server.runtime;

import org.jspecify.annotations.NullMarked;
