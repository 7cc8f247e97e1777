package io.dtx.samples.torture;

/** What the caller of a transfer was told. */
enum Answered {
    /** It happened: it must be there. */
    DONE,
    /** It did not happen: it must not be there. */
    FAILED,
    /** Nothing, or that nobody knows: it is there as a whole, or not at all. */
    NOTHING
}
