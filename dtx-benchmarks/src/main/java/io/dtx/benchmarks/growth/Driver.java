package io.dtx.benchmarks.growth;

import com.alibaba.druid.pool.DruidDataSource;
import io.dtx.sql.Dialect;
import io.dtx.test.Database;
import java.util.Arrays;
import java.util.List;

/** How a database is reached: the options decide how a batch is sent. */
enum Driver {
    MARIADB("mariadb", Dialect.MYSQL, "jdbc:mariadb:", ""),
    MARIADB_BULK(
            "mariadb, useBulkStmts", Dialect.MYSQL, "jdbc:mariadb:", "useBulkStmts=true&useBulkStmtsForInserts=true"),
    CONNECTOR_J_REWRITING(
            "mariadb, Connector/J, rewriteBatchedStatements",
            Dialect.MYSQL,
            "jdbc:mysql:",
            "rewriteBatchedStatements=true&sslMode=DISABLED&allowPublicKeyRetrieval=true"),
    POSTGRESQL("postgresql", Dialect.POSTGRESQL, "jdbc:postgresql:", ""),
    POSTGRESQL_REWRITING(
            "postgresql, reWriteBatchedInserts", Dialect.POSTGRESQL, "jdbc:postgresql:", "reWriteBatchedInserts=true");

    private final String title;
    private final Dialect dialect;
    private final String scheme;
    private final String options;

    Driver(String title, Dialect dialect, String scheme, String options) {
        this.title = title;
        this.dialect = dialect;
        this.scheme = scheme;
        this.options = options;
    }

    String title() {
        return title;
    }

    static List<Driver> of(Database database) {
        return Arrays.stream(values())
                .filter(driver -> driver.dialect == database.dialect())
                .toList();
    }

    DruidDataSource pool(Database database) {
        DruidDataSource pool = new DruidDataSource();
        String address = database.url().substring(database.url().indexOf("//"));
        pool.setUrl(scheme + address + (options.isEmpty() ? "" : "?" + options));
        pool.setUsername(database.user());
        pool.setPassword(database.password());
        pool.setMaxActive(8);
        return pool;
    }
}
