package io.dtx.undo;

import org.jspecify.annotations.Nullable;

/**
 * What differs in the SQL for undo_log.
 *
 * @param script the name of the script that makes the table, next to this class
 * @param now the database's clock, as {@code log_created} holds it: never one that depends on the session's time zone
 * @param ago the clock minus a number of seconds that is bound as a long
 * @param createdSeconds {@code log_created} in seconds since the epoch
 * @param currentSchema the schema (or where there is none, the catalogue) that unqualified names are looked up in
 * @param longParameter a parameter of type BIGINT in a select list
 * @param textParameter a parameter of type VARCHAR in a select list
 * @param bytesParameter a parameter of the type of rollback_info in a select list
 * @param grammar a condition on the session, without which it may have read a text otherwise than was assumed; null for none
 * @param sessionMark what a session can keep to know again that it read the id {@code {id}} in the schema it is in now; null where
 *     that is not done
 * @param readsConflict a condition on the local transaction: that whatever it reads can fail it, or others, when these write; an
 *     undo insert must not read undo_log then; null where that is never so
 * @param deleteByKey a DELETE up to its condition that finds rows by the unique key, whose quoted name {@code {key}} stands for
 */
record UndoLogSql(
        String script,
        String now,
        String ago,
        String createdSeconds,
        String currentSchema,
        String longParameter,
        String textParameter,
        String bytesParameter,
        @Nullable String grammar,
        @Nullable String sessionMark,
        @Nullable String readsConflict,
        String deleteByKey) {

    /** A DELETE up to its condition, which leaves to the database how it finds the rows. */
    static final String DELETE = "DELETE FROM undo_log WHERE ";
}
