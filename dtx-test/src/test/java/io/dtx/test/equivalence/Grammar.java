package io.dtx.test.equivalence;

import io.dtx.sql.Dialect;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What differs between the databases: their types, the words of CREATE TABLE, and the shapes that they understand. */
interface Grammar {

    Dialect dialect();

    /** Its name and version, for people. */
    String database();

    /** Statements that make a new schema ready for tables. */
    List<String> prepare();

    List<Kind> kinds();

    /** The kind of auto-increment columns and of LIMIT. */
    Kind number();

    /** The declaration of a column that the database numbers, from {@link #FIRST_NUMBER} or later. */
    String auto(boolean always);

    /** The declaration of a column that holds the time of the last update; null if there is no such thing. */
    @Nullable String touched();

    /** The kind of such a column, and of one whose default is the time. */
    Kind clock();

    /** The declaration of a column computed from another. */
    String generated(Kind of, String expression);

    String quote(String name);

    /** How the catalogue spells a name that is not quoted. */
    String unquoted(String name);

    /**
     * Statements that empty a table.
     *
     * @param number with which its numbering goes on, greater than any before
     */
    List<String> empty(Table table, int number);

    /** What every session starts from, and what some sequences change in it. */
    List<String> usualSession();

    List<List<String>> unusualSessions();

    /** The ways to ask for generated keys that its driver knows. */
    List<Step.Keys> keys();

    Set<Shape> shapes();

    /** Those that dtx documents as captured: most of them must not be refused. */
    Set<Shape> captured();

    /** Above every sample, so that given and generated numbers do not meet. */
    int FIRST_NUMBER = 10_000;
}
