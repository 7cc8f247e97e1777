package io.dtx.spring.application;

import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.util.UUID;
import org.springframework.core.io.FileSystemResource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;

/** One account with a balance of 100 in a database of its own, with the undo_log that users create. */
final class Accounts {

    private static final Path UNDO_LOG = Path.of("..", "sql", "h2", "undo_log.sql");

    private Accounts() {}

    static HikariDataSource database(String name) {
        String url = "jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1";
        new ResourceDatabasePopulator(new FileSystemResource(UNDO_LOG))
                .execute(new SimpleDriverDataSource(new org.h2.Driver(), url));
        JdbcClient.create(new SimpleDriverDataSource(new org.h2.Driver(), url))
                .sql("CREATE TABLE account (id BIGINT PRIMARY KEY, balance INT NOT NULL)")
                .update();
        HikariDataSource pool = new HikariDataSource();
        pool.setJdbcUrl(url);
        pool.setMaximumPoolSize(4);
        return pool;
    }

    /** Of a database of its own, with the table account; its user is "sa". */
    static String freshUrl() {
        String url = "jdbc:h2:mem:a" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
        JdbcClient.create(new SimpleDriverDataSource(new org.h2.Driver(), url, "sa", ""))
                .sql("CREATE TABLE account (id BIGINT PRIMARY KEY, balance INT NOT NULL)")
                .update();
        return url;
    }

    static void reset(JdbcClient client) {
        client.sql("DELETE FROM account").update();
        client.sql("INSERT INTO account VALUES (1, 100)").update();
    }

    static void add(JdbcClient client, int amount) {
        client.sql("UPDATE account SET balance = balance + ? WHERE id = 1")
                .param(amount)
                .update();
    }

    static int balance(JdbcClient client) {
        return client.sql("SELECT balance FROM account WHERE id = 1")
                .query(Integer.class)
                .single();
    }

    /** All, by id. */
    static String balances(JdbcClient client) {
        return String.join(
                " ",
                client.sql("SELECT balance FROM account ORDER BY id")
                        .query(String.class)
                        .list());
    }

    /** Without the row that names the resource. */
    static int undoRows(JdbcClient client) {
        return client.sql("SELECT COUNT(*) FROM undo_log WHERE log_status <> 2")
                .query(Integer.class)
                .single();
    }
}
