package io.dtx.test.equivalence;

import io.dtx.sql.Dialect;
import io.dtx.test.equivalence.Sequence.Local;
import io.dtx.test.equivalence.Step.Execute;
import io.dtx.test.equivalence.Step.ReleaseSavepoint;
import io.dtx.test.equivalence.Step.RollbackToSavepoint;
import io.dtx.test.equivalence.Step.SetSavepoint;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;

/** Makes random sequences. */
final class Sequences {

    private final Chance chance;
    private final int firstNumber;
    private final Grammar grammar;
    private final List<Table> tables;
    private final Statements statements;

    private Sequences(long seed, int firstNumber, Grammar grammar, List<Table> tables) {
        this.chance = new Chance(seed);
        this.firstNumber = firstNumber;
        this.grammar = grammar;
        this.tables = tables;
        this.statements = new Statements(chance, grammar, tables, firstNumber);
    }

    /** @param turn how many sequences have run on these tables before */
    static Sequence generate(long seed, int turn, Grammar grammar, List<Table> tables) {
        return new Sequences(seed, Grammar.FIRST_NUMBER * (turn + 1), grammar, tables).sequence(seed);
    }

    private Sequence sequence(long seed) {
        List<String> session = new ArrayList<>(grammar.sessions().usual());
        if (chance.oneIn(3)) {
            session.addAll(chance.of(grammar.sessions().unusual()));
        }
        int isolation = chance.coin() ? Connection.TRANSACTION_READ_COMMITTED : Connection.TRANSACTION_REPEATABLE_READ;
        List<String> rows = new ArrayList<>();
        for (Table table : tables) {
            for (int i = chance.below(8); i > 0; i--) {
                rows.add(statements.initialRow(table));
            }
        }
        List<Local> locals = new ArrayList<>();
        for (int i = chance.between(1, 3); i > 0; i--) {
            // H2 2.4 forgets under REPEATABLE READ that a row is there again.
            boolean rewinds = grammar.dialect() != Dialect.H2 || isolation == Connection.TRANSACTION_READ_COMMITTED;
            locals.add(local(rewinds));
        }
        return new Sequence(seed, firstNumber, session, isolation, rows, locals, chance.oneIn(3));
    }

    /** @param rewinds whether savepoints are set, and gone back to */
    private Local local(boolean rewinds) {
        boolean autocommit = chance.oneIn(4);
        List<Step> steps = new ArrayList<>();
        List<String> savepoints = new ArrayList<>();
        for (int i = chance.between(1, 6); i > 0; i--) {
            if (rewinds && !autocommit && chance.oneIn(6)) {
                steps.add(savepoint(savepoints));
            }
            Execute next = statements.next();
            steps.add(next);
            for (int j = next.call().prepared() && chance.oneIn(5) ? chance.between(1, 3) : 0; j > 0; j--) {
                steps.add(statements.again(next));
            }
        }
        return new Local(autocommit, chance.coin(), !chance.oneIn(8), steps);
    }

    private Step savepoint(List<String> open) {
        if (open.isEmpty() || chance.coin()) {
            String name = "sp" + (open.size() + 1);
            open.add(name);
            return new SetSavepoint(name);
        }
        int index = chance.below(open.size());
        String name = open.get(index);
        if (chance.oneIn(4) && index == open.size() - 1) {
            open.remove(index);
            return new ReleaseSavepoint(name);
        }
        while (open.size() > index + 1) {
            open.remove(open.size() - 1);
        }
        return new RollbackToSavepoint(name);
    }
}
