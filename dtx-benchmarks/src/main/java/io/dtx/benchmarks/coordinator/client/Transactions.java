package io.dtx.benchmarks.coordinator.client;

/** What a coordinator's client is asked to do. Thread-safe, and blocking, as an application's threads are. */
public interface Transactions {

    /**
     * One transaction: begin, two branches on two resources with one lock each, each registered and then reported as
     * committed where the client does that, and the decision to commit.
     *
     * @param number makes its lock keys; no other transaction has it
     */
    void run(long number) throws Exception;

    /** Begins a transaction that stays undecided, with one branch that holds so many locks. */
    void hold(long number, int locks) throws Exception;

    /** How many branches the coordinator has said to be committed so far, so that their undo rows could go. */
    long released();
}
