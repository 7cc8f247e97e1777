package io.dtx.benchmarks.bank;

/** How the transfer is coordinated: one bean per process. Bodies that throw undo what the flavour can undo. */
public interface Transfers {

    /** Runs the whole transfer at bank1. */
    void transfer(Runnable work);

    /** Changes one balance in a local transaction of its own, at bank1 or bank2. */
    void change(String accountNo, Runnable update);
}
