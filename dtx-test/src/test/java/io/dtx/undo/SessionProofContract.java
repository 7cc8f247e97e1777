package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.model.BranchId;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** MariaDB: the undo insert that knows its resource by a variable of the session, and when it does not. */
abstract class SessionProofContract {

    private static final String SUBQUERY = "(SELECT";
    private static final String VARIABLE = "IF(@";
    private static final String SETS = "SELECT MAX";

    private UndoSetup setup;
    private UndoInsert insert;
    private long nanos;
    private final List<String> prepared = new ArrayList<>();

    abstract io.dtx.test.Database fresh();

    @BeforeEach
    void emptyUndoLog() throws SQLException {
        setup = new UndoSetup(fresh());
        insert = insertOf(setup);
    }

    private UndoInsert insertOf(UndoSetup of) {
        String resource = of.undoLog.resource();
        return new UndoInsert(
                of.database.rules().undoLogSql(),
                resource.substring(0, resource.indexOf('/')),
                of.database.place(),
                true,
                false,
                () -> nanos);
    }

    @Test
    @DisplayName("T16: the third insert on a connection is one statement, without a look at the resource row")
    void t16_theThirdInsertIsProvenByTheSession() throws SQLException {
        try (Connection connection = setup.server.connect()) {
            inserts(connection, SUBQUERY);
            inserts(connection, SETS, VARIABLE);
            inserts(connection, VARIABLE);
            inserts(connection, VARIABLE);
            nanos += Duration.ofMinutes(1).toNanos();
            inserts(connection, SUBQUERY);
            inserts(connection, VARIABLE);
        }
        try (Connection another = setup.server.connect()) {
            inserts(another, SUBQUERY);
        }
        assertThat(setup.rows("SELECT COUNT(*) FROM undo_log WHERE log_status = 0"))
                .containsExactly("7");
    }

    @Test
    @DisplayName("T16: a session that was moved to another schema inserts nothing, and goes on when it is back")
    void t16_aSessionInAnotherSchemaIsRefused() throws SQLException {
        UndoSetup other = new UndoSetup(fresh());
        try (Connection connection = proven()) {
            use(connection, other.database.place());
            refuses(connection);
            use(connection, setup.database.place());
            inserts(connection, VARIABLE);
        }
        assertThat(other.rows("SELECT COUNT(*) FROM undo_log WHERE log_status = 0"))
                .containsExactly("0");
    }

    @Test
    @DisplayName("T16: schemas whose names a collation takes for one are two, even with equal resource rows")
    void t16_aSchemaOfAnotherCaseIsAnother() throws SQLException {
        String here = setup.database.place();
        String upper = here.toUpperCase(java.util.Locale.ROOT);
        assertThat(upper).isNotEqualTo(here);
        setup.run("CREATE SCHEMA " + upper, "CREATE TABLE " + upper + ".undo_log LIKE undo_log");
        try (Connection connection = proven()) {
            use(connection, upper);
            refuses(connection);
        }
        assertThat(setup.rows("SELECT COUNT(*) FROM " + upper + ".undo_log")).containsExactly("0");
        setup.run("DROP SCHEMA " + upper);
    }

    @Test
    @DisplayName("T16: two schemas of one server, by turns on one session, each refuse what is the other's")
    void t16_theVariableOfOneResourceIsNoProofOfAnother() throws SQLException {
        UndoSetup other = new UndoSetup(fresh());
        UndoInsert others = insertOf(other);
        try (Connection connection = proven()) {
            use(connection, other.database.place());
            for (int i = 0; i < 3; i++) {
                insert(others, spied(connection)); // sets the variable for the other
            }
            refuses(connection);
            use(connection, setup.database.place());
            inserts(connection, VARIABLE, SUBQUERY); // it is the other's now, and is no guess any more
            inserts(connection, SUBQUERY);
            assertThatThrownBy(() -> insert(others, connection)).isInstanceOf(UndoLogException.class);
        }
        assertThat(other.rows("SELECT COUNT(*) FROM undo_log WHERE log_status = 0"))
                .containsExactly("3");
    }

    @Test
    @DisplayName("T16: a session that was reset is proven by the row again, within the same local transaction")
    void t16_aResetSessionIsProvenByTheRow() throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                setup.server.url() + "?useResetConnection=true", setup.server.user(), setup.server.password())) {
            prove(connection);
            connection.unwrap(org.mariadb.jdbc.Connection.class).reset();
            use(connection, setup.database.place());
            connection.setAutoCommit(false);
            inserts(connection, VARIABLE, SUBQUERY);
            connection.commit();
            inserts(connection, SUBQUERY);
        }
        assertThat(setup.rows("SELECT COUNT(*) FROM undo_log WHERE log_status = 0"))
                .containsExactly("5");
    }

    @Test
    @DisplayName("T16: where the resource row is gone, too, a session without its variable is refused")
    void t16_aSessionWithoutItsVariableLooksAtTheRow() throws SQLException {
        try (Connection connection = proven()) {
            setup.run("DELETE FROM undo_log WHERE log_status = 2");
            execute(connection, "SET @dtx_undo_log_of_resource = NULL");
            refuses(connection);
            nanos += Duration.ofMinutes(1).toNanos();
            refuses(connection);
        }
        assertThat(setup.rows("SELECT COUNT(*) FROM undo_log")).containsExactly("3");
    }

    @Test
    @DisplayName("T16: a stale variable is not left there by a resource row that is gone")
    void t16_settingTheVariableEmptiesIt() throws SQLException {
        try (Connection connection = proven()) {
            UndoInsert another = insertOf(setup);
            insert(another, connection);
            setup.run("DELETE FROM undo_log WHERE log_status = 2");
            assertThatThrownBy(() -> insert(another, connection)).isInstanceOf(UndoLogException.class);
        }
    }

    @Test
    @DisplayName("T16: a variable that was copied from another session is no proof")
    void t16_aCopiedVariableIsNoProof() throws SQLException {
        try (Connection connection = proven();
                Connection copy = setup.server.connect();
                Statement select = connection.createStatement();
                var value = select.executeQuery("SELECT @dtx_undo_log_of_resource")) {
            value.next();
            Swapped swapped = new Swapped(connection);
            prove(swapped.connection());
            execute(copy, "SET @dtx_undo_log_of_resource = '" + value.getString(1) + "'");
            swapped.delegate = copy;
            inserts(swapped.connection(), VARIABLE, SUBQUERY);
        }
    }

    @Test
    @DisplayName("T16: a connection that leads to another database, below the same object, is refused")
    void t16_aConnectionThatIsLedElsewhereIsRefused() throws SQLException {
        UndoSetup other = new UndoSetup(fresh());
        try (Connection first = setup.server.connect();
                Connection second = other.server.connect()) {
            Swapped swapped = new Swapped(first);
            prove(swapped.connection());
            swapped.delegate = second;
            refuses(swapped.connection());
            swapped.delegate = first;
            inserts(swapped.connection(), VARIABLE);
        }
        assertThat(other.rows("SELECT COUNT(*) FROM undo_log WHERE log_status = 0"))
                .containsExactly("0");
    }

    @Test
    @DisplayName(
            "T16: an undo_log that is emptied, or hidden by a temporary table, takes no row of a session that knew another")
    void t16_anotherTableOfItsNameIsNoticed() throws SQLException {
        try (Connection connection = proven();
                Connection another = proven()) {
            setup.run("CREATE TABLE undo_log_2 LIKE undo_log");
            execute(connection, "CREATE TEMPORARY TABLE undo_log LIKE undo_log_2");
            refusesUnder(connection, "not the table that it was");
            refusesUnder(connection, "does not lead to the resource");
            execute(connection, "DROP TEMPORARY TABLE undo_log");
            inserts(connection, SETS, VARIABLE);

            setup.run("TRUNCATE TABLE undo_log");
            refusesUnder(another, "not the table that it was");
            refusesUnder(another, "does not lead to the resource");
        }
        assertThat(setup.rows("SELECT COUNT(*) FROM undo_log")).containsExactly("0");
    }

    private void refusesUnder(Connection connection, String why) throws SQLException {
        connection.setAutoCommit(false);
        assertThatThrownBy(() -> insert(insert, connection))
                .isInstanceOf(UndoLogException.class)
                .hasMessageContaining(why);
        connection.rollback();
        connection.setAutoCommit(true);
    }

    @Test
    void aTableThatNumbersItsRowsItselfIsLookedAtEachTime() throws SQLException {
        setup.run("ALTER TABLE undo_log MODIFY id BIGINT NOT NULL DEFAULT UUID_SHORT()");
        try (Connection connection = proven()) {
            inserts(connection, SUBQUERY);
        }
    }

    @Test
    @DisplayName("T16: the session's mode is looked at with each insert")
    void t16_theModeOracleIsRefused() throws SQLException {
        try (Connection connection = proven()) {
            execute(connection, "SET SESSION sql_mode = 'ORACLE'");
            assertThatThrownBy(() -> insert(insert, connection)).isInstanceOf(CaptureRefusedException.class);
            execute(connection, "SET SESSION sql_mode = ''"); // which takes many a null for a zero
            inserts(connection, VARIABLE);
            use(connection, "information_schema");
            assertThatThrownBy(() -> insert(insert, connection)).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void aPoolThatResetsItsSessionsIsLeftWithTheRow() throws SQLException {
        for (int i = 0; i < 3; i++) {
            try (Connection connection = setup.server.connect()) {
                inserts(connection, SUBQUERY);
                inserts(connection, SETS, VARIABLE);
                execute(connection, "SET @dtx_undo_log_of_resource = NULL");
                inserts(connection, VARIABLE, SUBQUERY);
                inserts(connection, SUBQUERY);
            }
        }
        try (Connection connection = setup.server.connect()) {
            for (int i = 0; i < 4; i++) {
                inserts(connection, SUBQUERY);
            }
        }
    }

    @Test
    void whereTheVariableMayNotBeSetTheRowStaysTheProof() throws SQLException {
        try (Connection connection = setup.server.connect()) {
            Connection guarded = proxy((proxy, method, arguments) -> {
                if (method.getName().equals("prepareStatement") && ((String) arguments[0]).contains(" INTO @")) {
                    throw new SQLException("refused by a firewall for SQL", "42000");
                }
                return method.invoke(connection, arguments);
            });
            inserts(guarded, SUBQUERY);
            inserts(guarded, SETS, SUBQUERY);
            inserts(guarded, SUBQUERY);
        }
    }

    /** The row's proof would hold in the new session, but what the local transaction did is not in it. */
    @Test
    void t16_aSessionThatWasReplacedMeanwhileGetsNoUndoRow() throws SQLException {
        for (SQLException lost : List.of(
                new SQLException("in progress transaction was lost", "25S03"),
                new SQLNonTransientConnectionException("gone"),
                new SQLRecoverableException("close it"))) {
            try (Connection connection = setup.server.connect()) {
                Connection replaced = proxy((proxy, method, arguments) -> {
                    if (method.getName().equals("prepareStatement") && ((String) arguments[0]).contains(" INTO @")) {
                        throw lost;
                    }
                    return method.invoke(connection, arguments);
                });
                inserts(replaced, SUBQUERY);
                assertThatThrownBy(() -> prove(replaced)).isSameAs(lost);
            }
        }
    }

    @Test
    void wrappersThatAreNewEachTimeAreSeenThrough() throws SQLException {
        try (Connection connection = setup.server.connect()) {
            prove(wrapper(connection, false));
            inserts(wrapper(connection, false), VARIABLE);
            inserts(wrapper(connection, true), VARIABLE);
        }
    }

    @Test
    void noBranchLocksTheResourceRow() throws SQLException {
        try (Connection connection = proven();
                Connection another = setup.server.connect()) {
            connection.setAutoCommit(false);
            another.setAutoCommit(false);
            inserts(connection, VARIABLE);
            assertThatCode(() -> execute(
                            another,
                            "SELECT id FROM undo_log WHERE xid = '#dtx-resource' AND branch_id = 0 FOR UPDATE NOWAIT"))
                    .doesNotThrowAnyException();
            another.rollback();
            connection.rollback();
            insert.insertByRow(connection, UndoSetup.newBranch(), new EncodedUndo("", new byte[0]), UndoLog.UNDO);
            assertThatThrownBy(() -> execute(
                            another,
                            "SELECT id FROM undo_log WHERE xid = '#dtx-resource' AND branch_id = 0 FOR UPDATE NOWAIT"))
                    .isInstanceOf(SQLException.class);
            connection.rollback();
            another.rollback();
        }
    }

    /** A connection whose session has the variable, after three inserts. */
    private Connection proven() throws SQLException {
        Connection connection = setup.server.connect();
        prove(connection);
        return connection;
    }

    private void prove(Connection connection) throws SQLException {
        for (int i = 0; i < 3; i++) {
            insert(insert, connection);
        }
    }

    private static BranchId insert(UndoInsert insert, Connection connection) throws SQLException {
        BranchId branch = UndoSetup.newBranch();
        insert.insert(connection, branch, new EncodedUndo("", new byte[0]));
        return branch;
    }

    /** Inserts, by statements that each contain the given text. */
    private void inserts(Connection connection, String... texts) throws SQLException {
        prepared.clear();
        BranchId branch = insert(insert, spied(connection));
        assertThat(prepared).hasSameSizeAs(texts);
        for (int i = 0; i < texts.length; i++) {
            assertThat(prepared.get(i)).contains(texts[i]);
        }
        connection.commit();
        assertThat(setup.undoLogOf(branch)).containsExactly("0");
    }

    private void refuses(Connection connection) {
        assertThatThrownBy(() -> insert(insert, connection))
                .isInstanceOf(UndoLogException.class)
                .hasMessageContaining("does not lead to the resource");
    }

    private static void use(Connection connection, String schema) throws SQLException {
        execute(connection, "USE `" + schema + "`");
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Notes what is prepared, on what is the same connection to whoever unwraps it. */
    private Connection spied(Connection connection) {
        return proxy((proxy, method, arguments) -> {
            if (method.getName().equals("prepareStatement")) {
                prepared.add((String) arguments[0]);
            }
            return method.invoke(connection, arguments);
        });
    }

    /** @param answersForItself as Druid's does, when it is unwrapped */
    private static Connection wrapper(Connection connection, boolean answersForItself) {
        return proxy((proxy, method, arguments) ->
                answersForItself && method.getName().equals("unwrap") ? proxy : method.invoke(connection, arguments));
    }

    private static Connection proxy(java.lang.reflect.InvocationHandler handler) {
        return (Connection) Proxy.newProxyInstance(
                SessionProofContract.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                    try {
                        return handler.invoke(proxy, method, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** A driver that is one object, and leads to one session, and then to another. */
    private static final class Swapped {
        private Connection delegate;
        private final Connection face = proxy((proxy, method, arguments) ->
                method.getName().equals("unwrap") ? proxy : metaDataOr(proxy, method, arguments));

        Swapped(Connection delegate) {
            this.delegate = delegate;
        }

        private Object metaDataOr(Object proxy, java.lang.reflect.Method method, Object[] arguments)
                throws ReflectiveOperationException {
            if (!method.getName().equals("getMetaData")) {
                return method.invoke(delegate, arguments);
            }
            return Proxy.newProxyInstance(
                    SessionProofContract.class.getClassLoader(),
                    new Class<?>[] {java.sql.DatabaseMetaData.class},
                    (metaData, asked, none) -> proxy);
        }

        Connection connection() {
            return face;
        }
    }
}
