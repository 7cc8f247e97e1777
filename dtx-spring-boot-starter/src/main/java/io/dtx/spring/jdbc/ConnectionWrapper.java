package io.dtx.spring.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

/** Makes the connections of one data source take part in global transactions. */
@FunctionalInterface
public interface ConnectionWrapper {

    Connection wrap(Connection physical) throws SQLException;
}
