package io.dtx.sql;

/** Which functions a server builds in: where one is not built in, a user's own may carry its name. */
public enum Edition {
    /** Those alone that all of its family build in. */
    COMMON,
    /** And those of MySQL itself, from version 8 on. */
    MYSQL_8,
    /** And those of MariaDB. */
    MARIADB,
    /** And those of PostgreSQL from version 18 on. */
    POSTGRESQL_18
}
