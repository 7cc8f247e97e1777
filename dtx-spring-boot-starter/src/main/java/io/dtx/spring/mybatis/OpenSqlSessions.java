package io.dtx.spring.mybatis;

import io.dtx.spring.transaction.OpenSessions;
import org.mybatis.spring.SqlSessionHolder;

/**
 * Empties the local caches of the MyBatis sessions that are open on the thread. MyBatis-Spring keeps a session as long as
 * Spring's synchronisation lasts, which may be longer than the global transaction (SUPPORTS, NOT_SUPPORTED, a listener of
 * Kafka): the next attempt would be answered what is undone, without SQL.
 */
public final class OpenSqlSessions extends OpenSessions<SqlSessionHolder> {

    public OpenSqlSessions() {
        super(SqlSessionHolder.class);
    }

    /** What is cached only: statements that a session has gathered, and its connection, stay. */
    @Override
    protected void clear(SqlSessionHolder bound) {
        bound.getSqlSession().clearCache();
    }
}
