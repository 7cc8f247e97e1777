package io.dtx.server.coordinator;

import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Xid;

/** A global lock as one transaction holds it. */
public record HeldLock(LockKey key, LockMode mode, Xid holder) {}
