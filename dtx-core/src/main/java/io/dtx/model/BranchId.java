package io.dtx.model;

/**
 * One attempt of one local transaction within a global transaction.
 *
 * @param xid the global transaction
 * @param number a random positive number, new for every attempt, minted by the resource manager
 */
public record BranchId(Xid xid, long number) {

    public BranchId {
        if (number <= 0) {
            throw new IllegalArgumentException("a branch number is positive, not " + number);
        }
    }

    @Override
    public String toString() {
        return xid + "/" + number;
    }
}
