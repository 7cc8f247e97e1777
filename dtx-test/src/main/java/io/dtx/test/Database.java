package io.dtx.test;

import io.dtx.sql.Dialect;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import javax.sql.DataSource;

/**
 * One database on a {@link DatabaseServer}, and how to reach it.
 *
 * @param url the JDBC URL, without user and password and without parameters that a caller might want otherwise
 */
public record Database(Dialect dialect, String name, String url, String user, String password) {

    /** A data source without a pool: each connection is opened anew. */
    public DataSource dataSource() {
        return new PlainDataSource(url, user, password);
    }

    public Connection connect() throws SQLException {
        return dataSource().getConnection();
    }

    /** Runs each statement in a local transaction of its own. */
    public void run(String... statements) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("on " + url + ": " + e.getMessage(), e);
        }
    }

    /**
     * Runs a script of statements that each end with a semicolon at the end of a line. Lines that begin with {@code --}
     * are left out.
     */
    public void runScript(String script) {
        String withoutComments = script.lines()
                .filter(line -> !line.stripLeading().startsWith("--"))
                .reduce("", (text, line) -> text + line + "\n");
        run(Arrays.stream(withoutComments.split(";[ \t]*\n"))
                .filter(sql -> !sql.isBlank())
                .toArray(String[]::new));
    }

    public void runScript(Path file) {
        try {
            runScript(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return url + " as " + user;
    }
}
