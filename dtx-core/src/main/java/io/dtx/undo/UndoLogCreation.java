package io.dtx.undo;

/** Where undo_log is created, if it is missing once an application's own database initialisation has run. */
public enum UndoLogCreation {
    /** In databases that live in the application's own memory, where nobody else could create it. */
    EMBEDDED,
    /** In every database; the application's user needs the right to create tables. */
    ALWAYS,
    /** Nowhere. */
    NEVER
}
