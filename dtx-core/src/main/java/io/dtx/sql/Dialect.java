package io.dtx.sql;

/** The families of SQL that dtx knows. */
public enum Dialect {
    /** MySQL and MariaDB. */
    MYSQL,
    POSTGRESQL,
    /** H2 in its regular mode: its compatibility modes change too much to be trusted. */
    H2
}
