package io.dtx.model;

import org.jspecify.annotations.Nullable;

/**
 * What the coordinator knows of a global transaction's decision.
 *
 * @param xid the global transaction
 * @param status its state
 * @param rollback why it rolls back; null while ACTIVE and once COMMITTED
 * @param forced whether an operator ended the rollback without restoring every branch
 */
public record Outcome(
        Xid xid, TransactionStatus status, @Nullable Rollback rollback, boolean forced) {}
