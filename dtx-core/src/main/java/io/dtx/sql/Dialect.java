package io.dtx.sql;

/** The families of SQL that dtx knows. */
public enum Dialect {
    /** MySQL and MariaDB. */
    MYSQL,
    POSTGRESQL,
    H2
}
