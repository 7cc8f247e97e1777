package io.dtx.test;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * A MariaDB database as its driver sees one with several hosts, which are all the same here: below a connection whose session is
 * cut, the driver puts another one.
 */
public final class SeveralHosts {

    /** With this, closing {@link #prepared} statements has the driver replace a session, and say nothing. */
    public static final String PREPARING = "useServerPrepStmts=true&cachePrepStmts=false";

    private SeveralHosts() {}

    /** @param options of the URL; may be empty */
    public static Database of(Database database, String options) {
        String url = database.url().replaceFirst("^jdbc:mariadb://([^/]+)/", "jdbc:mariadb:sequential://$1,$1/");
        if (url.equals(database.url())) {
            throw new IllegalArgumentException("not a URL of MariaDB's driver: " + url);
        }
        return new Database(
                database.dialect(), database.name(), url + "?" + options, database.user(), database.password());
    }

    /** Some statements that the server may know; one would not do, since the first write after a cut is not refused yet. */
    public static List<PreparedStatement> prepared(Connection connection) throws SQLException {
        List<PreparedStatement> prepared = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            PreparedStatement select = connection.prepareStatement("SELECT CONNECTION_ID(), " + i);
            select.executeQuery().close();
            prepared.add(select);
        }
        return prepared;
    }

    /** Cuts the session of these statements. */
    public static void cut(Database database, List<PreparedStatement> prepared) throws SQLException {
        try (ResultSet session = prepared.get(0).executeQuery()) {
            session.next();
            database.run("KILL " + session.getString(1));
        }
    }

    /** Likewise, and closes them. */
    public static void lose(Database database, List<PreparedStatement> prepared) throws SQLException {
        cut(database, prepared);
        for (PreparedStatement select : prepared) {
            select.close();
        }
        prepared.clear();
    }
}
