package io.dtx.rm;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;

/** A data source below dtx, whose connections do something else at the places that a test chooses: once. */
final class Faults {

    private final AtomicReference<Fault> beforeUndoInsert = new AtomicReference<>(Fault.NONE);
    private final AtomicReference<Fault> betweenImageAndStatement = new AtomicReference<>(Fault.NONE);
    private final AtomicReference<Fault> beforeRestore = new AtomicReference<>(Fault.NONE);
    private final AtomicReference<Fault> beforeCommit = new AtomicReference<>(Fault.NONE);
    private final AtomicReference<Fault> afterCommit = new AtomicReference<>(Fault.NONE);
    private final AtomicReference<Fault> beforeRollback = new AtomicReference<>(Fault.NONE);
    private final AtomicReference<Fault> beforeText = new AtomicReference<>(Fault.NONE);
    private final AtomicReference<Fault> afterText = new AtomicReference<>(Fault.NONE);
    private volatile String part = "";
    private final AtomicReference<String> mistaking = new AtomicReference<>();
    private volatile long mistaken;
    private final Map<String, String> asked = new ConcurrentHashMap<>();
    private final DataSource target;

    Faults(DataSource target) {
        this.target = target;
    }

    interface Fault {
        Fault NONE = () -> {};

        void strike() throws SQLException;
    }

    void beforeUndoInsert(Fault fault) {
        beforeUndoInsert.set(fault);
    }

    /** After rows were locked and read for a before image, before the statement itself runs. */
    void betweenImageAndStatement(Fault fault) {
        betweenImageAndStatement.set(fault);
    }

    /** Before a restore locks its undo row: it has locked nothing then. */
    void beforeRestore(Fault fault) {
        beforeRestore.set(fault);
    }

    /** Before the next statement of which this is a part is prepared, or runs without. */
    void before(String text, Fault fault) {
        part = text;
        beforeText.set(fault);
    }

    /** After the next statement of which this is a part has run, before anyone is told. */
    void after(String text, Fault fault) {
        part = text;
        afterText.set(fault);
    }

    /** The next statement of which this is a part takes another value for this one, wherever it is set. */
    void mistakesLong(String text, long value) {
        mistaken = value;
        mistaking.set(text);
    }

    void beforeCommit(Fault fault) {
        beforeCommit.set(fault);
    }

    /** After the database has committed, before anyone is told. */
    void afterCommit(Fault fault) {
        afterCommit.set(fault);
    }

    /** Before the next ROLLBACK of a whole local transaction. */
    void beforeRollback(Fault fault) {
        beforeRollback.set(fault);
    }

    /** Whenever this is asked without parameters, another query is: as if another server, or one set up otherwise, were there. */
    void asks(String query, String instead) {
        asked.put(query, instead);
    }

    DataSource dataSource() {
        return proxy(DataSource.class, (method, arguments) -> {
            Object result = invoke(method, target, arguments);
            return result instanceof Connection connection ? faulty(connection) : result;
        });
    }

    private Connection faulty(Connection connection) {
        return proxy(Connection.class, (method, arguments) -> {
            if (method.getName().equals("commit")) {
                beforeCommit.getAndSet(Fault.NONE).strike();
                Object result = invoke(method, connection, arguments);
                afterCommit.getAndSet(Fault.NONE).strike();
                return result;
            }
            if (method.getName().equals("rollback") && arguments == null) {
                beforeRollback.getAndSet(Fault.NONE).strike();
            }
            if (method.getName().equals("prepareStatement")
                    && ((String) arguments[0]).startsWith("INSERT INTO undo_log")) {
                beforeUndoInsert.getAndSet(Fault.NONE).strike();
            }
            if (method.getName().equals("prepareStatement")
                    && ((String) arguments[0]).startsWith("SELECT log_status, context")) {
                beforeRestore.getAndSet(Fault.NONE).strike();
            }
            if (method.getName().equals("prepareStatement") && ((String) arguments[0]).contains(part)) {
                beforeText.getAndSet(Fault.NONE).strike();
                Fault after = afterText.getAndSet(Fault.NONE);
                if (after != Fault.NONE) {
                    return struck((PreparedStatement) invoke(method, connection, arguments), after);
                }
            }
            String mistakes = mistaking.get();
            if (method.getName().equals("prepareStatement")
                    && mistakes != null
                    && ((String) arguments[0]).contains(mistakes)
                    && mistaking.compareAndSet(mistakes, null)) {
                return mistaking((PreparedStatement) invoke(method, connection, arguments), mistaken);
            }
            if (method.getName().equals("prepareStatement")
                    && (((String) arguments[0]).startsWith("\nUPDATE")
                            || ((String) arguments[0]).startsWith("\nDELETE"))) {
                betweenImageAndStatement.getAndSet(Fault.NONE).strike();
            }
            Object result = invoke(method, connection, arguments);
            return method.getName().equals("createStatement") ? faulty((Statement) result) : result;
        });
    }

    private Statement faulty(Statement statement) {
        return proxy(Statement.class, (method, arguments) -> {
            if (method.getName().startsWith("execute")
                    && arguments != null
                    && !part.isEmpty()
                    && ((String) arguments[0]).contains(part)) {
                beforeText.getAndSet(Fault.NONE).strike();
            }
            if (method.getName().equals("executeQuery")) {
                String query = (String) arguments[0];
                return invoke(method, statement, new Object[] {asked.getOrDefault(query, query)});
            }
            return invoke(method, statement, arguments);
        });
    }

    private static PreparedStatement mistaking(PreparedStatement statement, long value) {
        return proxy(PreparedStatement.class, (method, arguments) -> {
            if (method.getName().equals("setLong") && arguments[1].equals(value)) {
                return invoke(method, statement, new Object[] {arguments[0], value + 1000});
            }
            return invoke(method, statement, arguments);
        });
    }

    private static PreparedStatement struck(PreparedStatement statement, Fault after) {
        return proxy(PreparedStatement.class, (method, arguments) -> {
            Object result = invoke(method, statement, arguments);
            if (method.getName().startsWith("execute")) {
                after.strike();
            }
            return result;
        });
    }

    private interface Behaviour {
        Object call(Method method, Object[] arguments) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, Behaviour behaviour) {
        return type.cast(Proxy.newProxyInstance(
                Faults.class.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> behaviour.call(method, arguments)));
    }

    private static Object invoke(Method method, Object target, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
