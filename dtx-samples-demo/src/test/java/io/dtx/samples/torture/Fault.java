package io.dtx.samples.torture;

/**
 * Something that goes wrong for a while.
 *
 * @param name for the report
 */
record Fault(String name, Step inject, Step heal) {

    /** May fail with whatever the system's processes fail with. */
    interface Step {
        void run() throws Exception;
    }
}
