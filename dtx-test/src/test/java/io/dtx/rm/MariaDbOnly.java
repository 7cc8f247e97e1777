package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.context.Participation;
import io.dtx.test.Database;
import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ways 7 and 15, as far as only MariaDB (and MySQL) have them. */
abstract class MariaDbOnly extends ResourceContract {

    @Override
    DatabaseServer server() {
        return Databases.mariaDb();
    }

    private DataSource with(String sessionVariables) {
        String url = database.url() + "?sessionVariables=" + sessionVariables;
        return application.manage(
                new Database(database.dialect(), database.name(), url, database.user(), database.password())
                        .dataSource());
    }

    @Test
    @DisplayName("way 7: explicit zero and null for an auto-increment column mean what the session makes of them")
    void way7_zeroAndNullForAnAutoColumn() throws SQLException {
        database.run("CREATE TABLE entry (id BIGINT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(20))");
        DataSource literally = with("sql_mode='NO_AUTO_VALUE_ON_ZERO'");
        Participation participation = application.begin();
        inLocal(participation, literally, connection -> update(connection, "INSERT INTO entry VALUES (0, 'zero')"));
        assertThat(Rows.of(database, "SELECT id, note FROM entry")).containsExactly("0|zero");
        application.commit(participation);

        Participation other = application.begin();
        inLocal(other, dataSource, connection -> {
            update(connection, "DELETE FROM entry WHERE id = 0");
            update(connection, "INSERT INTO entry VALUES (0, 'generated')");
            update(connection, "INSERT INTO entry VALUES (NULL, 'null')");
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO entry VALUES (?, 'null with keys')", Statement.RETURN_GENERATED_KEYS)) {
                insert.setObject(1, null);
                assertThat(insert.executeUpdate()).isEqualTo(1);
                insert.setInt(1, 0);
                assertThat(insert.executeUpdate()).isEqualTo(1);
            }
            return true;
        });
        assertThat(Rows.of(database, "SELECT note FROM entry WHERE id > 0")).hasSize(4);
        rollBackAndAwait(other);
        assertThat(Rows.of(database, "SELECT id, note FROM entry")).containsExactly("0|zero");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ON", "OFF"})
    @DisplayName("way 15: a row that changed since the snapshot is imaged as it is now, or ends the local transaction")
    void way15_snapshotIsolation(String snapshotIsolation) throws SQLException {
        DataSource repeatable = with("innodb_snapshot_isolation=" + snapshotIsolation);
        Participation participation = application.begin();
        bound(participation, repeatable, connection -> {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setAutoCommit(false);
            try (Statement read = connection.createStatement()) {
                read.executeQuery("SELECT SUM(balance) FROM account").close();
            }
            update(connection, "UPDATE account SET balance = 1 WHERE id = 2");
            database.run("UPDATE account SET balance = 55 WHERE id = 1");
            if (snapshotIsolation.equals("OFF")) {
                assertThat(update(connection, "UPDATE account SET balance = balance + 1 WHERE id = 1"))
                        .isEqualTo(1);
                connection.commit();
                assertThat(balance(1)).isEqualTo("56.00");
            } else {
                assertThatThrownBy(() -> update(connection, "UPDATE account SET balance = balance + 1 WHERE id = 1"))
                        .isInstanceOfSatisfying(
                                SQLException.class,
                                changed -> assertThat(changed.getErrorCode()).isEqualTo(1020));
                assertState("25000", connection::commit);
            }
            return true;
        });
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(List.of("1|Ann|55.00", "2|Bob|50.00", "3|null|0.00"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ON", "OFF"})
    @DisplayName("way 15: a restore goes through under either setting")
    void way15_restoreUnderEitherSetting(String snapshotIsolation) throws SQLException {
        DataSource either = with("innodb_snapshot_isolation=" + snapshotIsolation);
        Participation participation = application.begin();
        inLocal(participation, either, connection -> {
            update(connection, "DELETE FROM account WHERE id = 2");
            return update(connection, "UPDATE account SET balance = balance * 2 WHERE id = 1");
        });
        rollBackAndAwait(participation);
        assertThat(accounts()).isEqualTo(List.of("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00"));
    }
}
