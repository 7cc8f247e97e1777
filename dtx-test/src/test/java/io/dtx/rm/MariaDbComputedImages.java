package io.dtx.rm;

import static io.dtx.rm.Application.inLocal;
import static io.dtx.rm.Application.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.context.Participation;
import io.dtx.model.BranchId;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.test.Database;
import io.dtx.test.DatabaseServer;
import io.dtx.test.Databases;
import io.dtx.undo.EncodedUndo;
import io.dtx.undo.Row;
import io.dtx.undo.UndoCodec;
import io.dtx.undo.UndoEntry;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * After images that are computed instead of read: whether they are what the rows hold, and which statements have them. Whether
 * one was computed is told by the number of statements: two, or three with the SELECT that reads it.
 */
abstract class MariaDbComputedImages extends ResourceContract {

    private static final int COMPUTED = 2;
    private static final int READ = 3;

    @Override
    DatabaseServer server() {
        return Databases.mariaDb();
    }

    private Counting counting(String session) {
        return new Counting(new Database(
                        database.dialect(),
                        database.name(),
                        database.url() + "?" + session,
                        database.user(),
                        database.password())
                .dataSource());
    }

    /** A column's type, with the numbers at its edges. */
    private record Type(String sql, BigDecimal least, BigDecimal greatest) {
        Type(String sql, String least, String greatest) {
            this(sql, new BigDecimal(least), new BigDecimal(greatest));
        }

        BigDecimal unit() {
            return BigDecimal.ONE.movePointLeft(greatest.scale());
        }

        boolean holds(BigDecimal number) {
            return number.compareTo(least) >= 0 && number.compareTo(greatest) <= 0;
        }
    }

    private static Type decimals(int precision, int scale, String unsigned) {
        BigDecimal greatest =
                BigDecimal.TEN.pow(precision).subtract(BigDecimal.ONE).movePointLeft(scale);
        return new Type(
                "DECIMAL(" + precision + "," + scale + ")" + unsigned,
                unsigned.isEmpty() ? greatest.negate() : BigDecimal.ZERO.setScale(scale),
                greatest);
    }

    private static final List<Type> TYPES = List.of(
            new Type("TINYINT", "-128", "127"),
            new Type("TINYINT(1)", "-128", "127"),
            new Type("TINYINT UNSIGNED", "0", "255"),
            new Type("SMALLINT", "-32768", "32767"),
            new Type("SMALLINT UNSIGNED", "0", "65535"),
            new Type("MEDIUMINT", "-8388608", "8388607"),
            new Type("MEDIUMINT UNSIGNED", "0", "16777215"),
            new Type("INT", "-2147483648", "2147483647"),
            new Type("INT UNSIGNED", "0", "4294967295"),
            new Type("BIGINT", "-9223372036854775808", "9223372036854775807"),
            new Type("BIGINT UNSIGNED", "0", "18446744073709551615"),
            decimals(5, 0, ""),
            decimals(19, 2, ""),
            decimals(19, 2, " UNSIGNED"),
            decimals(4, 4, ""),
            decimals(38, 38, ""),
            decimals(65, 0, ""),
            decimals(65, 30, ""),
            decimals(65, 38, " UNSIGNED"));

    /** Sets a parameter in one of the ways of which the number is taken. */
    private static void set(PreparedStatement to, int index, BigDecimal number, int way) throws SQLException {
        boolean whole = number.scale() <= 0;
        if (whole && way == 0 && number.toBigInteger().abs().bitLength() < 7) {
            to.setByte(index, number.byteValueExact());
        } else if (whole && way <= 1 && number.toBigInteger().abs().bitLength() < 15) {
            to.setShort(index, number.shortValueExact());
        } else if (whole && way <= 2 && number.toBigInteger().abs().bitLength() < 31) {
            to.setInt(index, number.intValueExact());
        } else if (whole && way <= 3 && number.toBigInteger().abs().bitLength() < 63) {
            to.setLong(index, number.longValueExact());
        } else if (way == 4) {
            to.setObject(index, number);
        } else {
            to.setBigDecimal(index, number);
        }
    }

    /** Runs one UPDATE, whose only parameter may be the number; gives how many statements it took, 0 if it failed. */
    private static int run(Counting counting, Connection connection, String sql, BigDecimal number, int way)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            if (sql.contains("?")) {
                set(statement, 1, number, way);
            }
            counting.executions();
            statement.executeUpdate();
            return counting.executions();
        } catch (SQLException e) {
            assertThat(e.getSQLState()).as(sql + " " + e).isEqualTo("22003");
            return 0;
        }
    }

    private static String literal(BigDecimal number) {
        return number.toPlainString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "sessionVariables=sql_mode='STRICT_ALL_TABLES'",
                "sessionVariables=sql_mode=''&useServerPrepStmts=true",
                "sessionVariables=sql_mode='NO_UNSIGNED_SUBTRACTION'"
            })
    void computedImagesAreWhatTheRowsHold(String session) throws SQLException {
        Map<String, List<String>> before = new LinkedHashMap<>();
        for (int t = 0; t < TYPES.size(); t++) {
            database.run("CREATE TABLE n" + t + " (id INT PRIMARY KEY, g INT, c "
                    + TYPES.get(t).sql() + ")");
        }
        Counting counting = counting(session);
        Participation participation = application.begin();
        inLocal(participation, application.manage(counting.dataSource()), connection -> {
            for (int t = 0; t < TYPES.size(); t++) {
                before.put("n" + t, changeAll(counting, connection, "n" + t, TYPES.get(t), session));
            }
            return true;
        });
        assertImagesAreWhatTheRowsHold();
        rollBackAndAwait(participation);
        before.forEach((table, rows) -> assertThat(Rows.of(database, "SELECT id, c FROM " + table + " ORDER BY id"))
                .as(table)
                .isEqualTo(rows));
    }

    /** Each UPDATE has rows of its own, which it leaves within the type's edges, and a last one, if any, that it does not. */
    private List<String> changeAll(Counting counting, Connection connection, String table, Type type, String session)
            throws SQLException {
        boolean clamps = !session.contains("STRICT");
        // There a difference is a signed number: 2^64 - 2 raises an error.
        boolean signed =
                session.contains("NO_UNSIGNED_SUBTRACTION") && type.sql().equals("BIGINT UNSIGNED");
        List<BigDecimal> numbers = List.of(
                type.least(),
                type.least().add(type.unit()),
                BigDecimal.ZERO.setScale(type.greatest().scale()),
                type.greatest().subtract(type.unit()),
                type.greatest());
        List<BigDecimal> operands = new ArrayList<>(List.of(
                type.unit(),
                type.unit().negate(),
                type.greatest(),
                type.greatest().negate()));
        if (type.greatest().scale() > 0
                && type.greatest().precision() > type.greatest().scale()) {
            operands.add(BigDecimal.ONE);
        }
        List<String> rows = new ArrayList<>();
        List<Change> changes = new ArrayList<>();
        int id = 0;
        for (String operator : List.of("+", "-", "")) {
            for (BigDecimal operand : operands) {
                int group = changes.size();
                boolean fits = false;
                BigDecimal tooMuch = null;
                for (BigDecimal number : numbers) {
                    BigDecimal result = switch (operator) {
                        case "+" -> number.add(operand);
                        case "-" -> number.subtract(operand);
                        default -> operand;
                    };
                    if (type.holds(result)) {
                        rows.add("(" + id++ + ", " + group + ", " + literal(number) + ")");
                        fits = true;
                    } else {
                        tooMuch = number;
                    }
                }
                if (tooMuch != null) {
                    rows.add("(" + id++ + ", " + -(group + 1) + ", " + literal(tooMuch) + ")");
                }
                changes.add(new Change(operator, operand, fits, tooMuch != null));
            }
        }
        database.run("INSERT INTO " + table + " VALUES " + String.join(", ", rows));
        update(connection, "UPDATE " + table + " SET c = c WHERE id < 0"); // from here on the table is known
        List<String> before = Rows.of(database, "SELECT id, c FROM " + table + " ORDER BY id");
        for (int group = 0; group < changes.size(); group++) {
            Change change = changes.get(group);
            int way = group % 7;
            boolean asLiteral =
                    way >= 5 && (change.operator().isEmpty() || change.operand().signum() >= 0);
            String sql = "UPDATE " + table + " SET c = "
                    + (change.operator().isEmpty() ? "" : "c " + change.operator() + " ")
                    + (asLiteral ? literal(change.operand()) : "?") + " WHERE g = ";
            String told = type.sql() + ": " + sql + " with " + change.operand();
            if (change.fits()) {
                boolean exponent = change.operand().toString().contains("E"); // as some driver may write it
                int expected = exponent ? READ : COMPUTED;
                assertThat(run(counting, connection, sql + group, change.operand(), way))
                        .as(told)
                        .isIn(signed && change.operator().equals("-") ? List.of(0, expected) : List.of(expected));
            }
            if (change.tooMuch()) {
                assertThat(run(counting, connection, sql + -(group + 1), change.operand(), way))
                        .as(told)
                        .isIn(clamps ? List.of(0, READ) : List.of(0));
            }
        }
        return before;
    }

    private record Change(String operator, BigDecimal operand, boolean fits, boolean tooMuch) {}

    /** Compares what the undo record says of each row last with the row. */
    private void assertImagesAreWhatTheRowsHold() throws SQLException {
        Map<String, Map<String, String>> images = new LinkedHashMap<>();
        for (UndoEntry entry : recorded()) {
            for (Row row : entry.after()) {
                assertThat(entry.columns().get(0).name()).isEqualTo("id");
                List<String> values = row.values().stream()
                        .map(value -> String.valueOf(value.content()))
                        .toList();
                images.computeIfAbsent(entry.table(), table -> new LinkedHashMap<>())
                        .put(values.get(0), String.join("|", values));
            }
        }
        assertThat(images).isNotEmpty();
        for (Map.Entry<String, Map<String, String>> image : images.entrySet()) {
            assertThat(Rows.of(
                            database,
                            "SELECT id, c FROM " + image.getKey() + " WHERE id IN ("
                                    + String.join(", ", image.getValue().keySet()) + ") ORDER BY id"))
                    .as(image.getKey())
                    .containsExactlyInAnyOrderElementsOf(image.getValue().values());
        }
    }

    private List<UndoEntry> recorded() throws SQLException {
        List<UndoEntry> entries = new ArrayList<>();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet undo = statement.executeQuery(
                        "SELECT xid, branch_id, context, rollback_info FROM undo_log WHERE log_status = 0")) {
            while (undo.next()) {
                entries.addAll(new UndoCodec(Integer.MAX_VALUE)
                        .decode(
                                new BranchId(Xid.parse(undo.getString(1)), undo.getLong(2)),
                                new EncodedUndo(undo.getString(3), undo.getBytes(4))));
            }
        }
        return entries;
    }

    /** Something that is done to the only row that has a number. */
    private interface Setter {
        void on(PreparedStatement statement) throws SQLException;
    }

    private static final Setter NOTHING = statement -> {};

    @Test
    void whatIsNotCertainIsRead() throws SQLException {
        database.run(
                "CREATE TABLE item (id INT PRIMARY KEY, c DECIMAL(10,2), n INT, f DOUBLE, s VARCHAR(20), u INT UNIQUE,"
                        + " z INT(5) ZEROFILL, b BIT(8), y YEAR, e INT)",
                "CREATE TABLE clocked (id INT PRIMARY KEY, c INT,"
                        + " at TIMESTAMP(6) NOT NULL DEFAULT '2020-01-01' ON UPDATE CURRENT_TIMESTAMP(6))",
                "CREATE TABLE part (id INT PRIMARY KEY, item INT, FOREIGN KEY (item) REFERENCES item (id))",
                "INSERT INTO item VALUES (1, 10.00, 10, 10, '10', 10, 10, 10, 2010, NULL), (2, 1, 2, 3, '4', 5, 6, 7, 2008, 9)",
                "INSERT INTO clocked (id, c) VALUES (1, 10)",
                "INSERT INTO part VALUES (1, 1)");
        Counting counting = counting("sessionVariables=sql_mode=''");
        DataSource counted = application.manage(counting.dataSource());
        List<String> before = Rows.of(database, "SELECT * FROM item");
        Participation participation = application.begin();
        inLocal(participation, counted, connection -> {
            for (String sql : List.of("item SET c = c", "part SET item = item", "clocked SET c = c")) {
                update(connection, "UPDATE " + sql + " WHERE id < 0"); // from here on the table is known
            }
            for (String sql : List.of(
                    "UPDATE item SET c = c * 2 WHERE id = 1",
                    "UPDATE item SET c = c + n WHERE id = 1",
                    "UPDATE item SET c = n - 1 WHERE id = 1",
                    "UPDATE item SET c = 1 + c WHERE id = 1",
                    "UPDATE item SET c = c + 1 + 1 WHERE id = 1",
                    "UPDATE item SET c = c + 1e0 WHERE id = 1",
                    "UPDATE item SET c = c + '1' WHERE id = 1",
                    "UPDATE item SET c = c + 0.005 WHERE id = 1",
                    "UPDATE item SET c = 7.125 WHERE id = 1",
                    "UPDATE item SET c = c + 1, n = n * 2 WHERE id = 1",
                    "UPDATE item SET c = c + 1, c = c + 1 WHERE id = 1",
                    "UPDATE item SET f = f + 1 WHERE id = 1",
                    "UPDATE item SET s = s + 1 WHERE id = 1",
                    "UPDATE item SET u = u + 1 WHERE id = 1",
                    "UPDATE item SET z = z + 1 WHERE id = 1",
                    "UPDATE item SET b = b + 1 WHERE id = 1",
                    "UPDATE item SET y = y + 1 WHERE id = 1",
                    "UPDATE item SET e = e + 1 WHERE id = 1",
                    "UPDATE part SET item = item + 1 WHERE id = 1",
                    "UPDATE clocked SET c = c + 1 WHERE id = 1",
                    "UPDATE item i JOIN part p ON p.id = i.id SET i.c = i.c + 1",
                    "UPDATE item SET c = c + 1 WHERE id IN (SELECT id FROM part)")) {
                reads(counting, connection, sql, NOTHING);
            }
            String sql = "UPDATE item SET c = c - ? WHERE id = 1";
            reads(counting, connection, sql, statement -> statement.setString(1, "1"));
            reads(counting, connection, sql, statement -> statement.setDouble(1, 1));
            reads(counting, connection, sql, statement -> statement.setBoolean(1, true));
            reads(counting, connection, sql, statement -> statement.setObject(1, 1, Types.INTEGER));
            reads(counting, connection, sql, statement -> statement.setBigDecimal(1, new BigDecimal("1.005")));
            reads(counting, connection, sql, statement -> statement.setBigDecimal(1, new BigDecimal("1E+1")));
            reads(counting, connection, sql, statement -> statement.setNull(1, Types.DECIMAL));
            try (PreparedStatement keys = connection.prepareStatement(
                    "UPDATE item SET c = 1 WHERE id = 1", Statement.RETURN_GENERATED_KEYS)) {
                counting.executions();
                keys.executeUpdate();
                assertThat(counting.executions()).isEqualTo(READ);
            }
            return true;
        });
        assertThat(Rows.of(database, "SELECT * FROM item")).isNotEqualTo(before);
        rollBackAndAwait(participation);
        assertThat(Rows.of(database, "SELECT * FROM item")).isEqualTo(before);
    }

    private static void reads(Counting counting, Connection connection, String sql, Setter setter) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            setter.on(statement);
            counting.executions();
            assertThat(statement.executeUpdate()).as(sql).isEqualTo(1);
            assertThat(counting.executions()).as(sql).isEqualTo(READ);
        }
    }

    /** The driver is told to count only rows that changed: which of them did not is not known. */
    @Test
    void rowsThatWereNotCountedAreRead() throws SQLException {
        Counting counting = counting("useAffectedRows=true");
        DataSource counted = application.manage(counting.dataSource());
        Participation participation = application.begin();
        inLocal(participation, counted, connection -> {
            assertThat(update(connection, "UPDATE account SET balance = 50 WHERE id < 3"))
                    .isEqualTo(1);
            counting.executions();
            assertThat(update(connection, "UPDATE account SET balance = 0 WHERE id > 1"))
                    .isEqualTo(1);
            assertThat(counting.executions()).isEqualTo(READ);
            assertThat(update(connection, "UPDATE account SET balance = balance + ?", 7))
                    .isEqualTo(3);
            assertThat(counting.executions()).isEqualTo(COMPUTED);
            return true;
        });
        rollBackAndAwait(participation);
        assertThat(accounts()).containsExactly("1|Ann|100.00", "2|Bob|50.00", "3|null|0.00");
    }

    /** What is assumed of a table may be outdated; then a rollback stalls, and writes over nothing. */
    @Test
    void anImageThatIsWrongNeverBringsBackARowThatIsOtherwise() throws SQLException {
        Participation first = application.begin();
        debit(first, 1); // the table is known from here on
        assertThat(application.commit(first).status()).isEqualTo(TransactionStatus.COMMITTED);
        database.run("CREATE TRIGGER late BEFORE UPDATE ON account FOR EACH ROW SET NEW.balance = NEW.balance - 10");

        Participation participation = application.begin();
        debit(participation, 1);
        assertThat(balance(1)).isEqualTo("88.00");
        application.rollBack(participation);
        assertThat(stalled(participation)).isNotEmpty();
        assertThat(balance(1)).isEqualTo("88.00");

        Participation twice = application.begin();
        assertThatThrownBy(() -> inLocal(twice, dataSource, connection -> {
                    update(connection, "UPDATE account SET balance = balance - ? WHERE id = 2", 1);
                    return update(connection, "UPDATE account SET balance = balance - ? WHERE id = 2", 1);
                }))
                .hasMessageContaining("changed between two statements");
        assertThat(balance(2)).isEqualTo("50.00");

        database.run("DROP TRIGGER late", "UPDATE account SET balance = 98 WHERE id = 1");
        retry(participation);
        awaitEnd(participation);
        assertThat(balance(1)).isEqualTo("99.00");
    }
}
