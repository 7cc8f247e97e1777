package io.dtx.benchmarks.transfer;

import io.dtx.test.Database;
import java.util.List;

/** The tables that Seata's server wants for its database store (MySQL and MariaDB), by the columns that it reads and writes. */
final class SeataStore {

    private SeataStore() {}

    static void create(Database database) {
        database.run(
                "CREATE TABLE global_table (xid VARCHAR(128) NOT NULL PRIMARY KEY, transaction_id BIGINT, status TINYINT NOT NULL,"
                        + " application_id VARCHAR(32), transaction_service_group VARCHAR(32), transaction_name VARCHAR(128),"
                        + " timeout INT, begin_time BIGINT, application_data VARCHAR(2000), gmt_create DATETIME,"
                        + " gmt_modified DATETIME, KEY by_status (status, gmt_modified), KEY by_id (transaction_id)) ENGINE = InnoDB",
                "CREATE TABLE branch_table (branch_id BIGINT NOT NULL PRIMARY KEY, xid VARCHAR(128) NOT NULL, transaction_id BIGINT,"
                        + " resource_group_id VARCHAR(32), resource_id VARCHAR(256), branch_type VARCHAR(8), status TINYINT,"
                        + " client_id VARCHAR(64), application_data VARCHAR(2000), gmt_create DATETIME(6),"
                        + " gmt_modified DATETIME(6), KEY by_xid (xid)) ENGINE = InnoDB",
                "CREATE TABLE lock_table (row_key VARCHAR(128) NOT NULL PRIMARY KEY, xid VARCHAR(128), transaction_id BIGINT,"
                        + " branch_id BIGINT NOT NULL, resource_id VARCHAR(256), table_name VARCHAR(32), pk VARCHAR(36),"
                        + " status TINYINT NOT NULL DEFAULT 0, gmt_create DATETIME, gmt_modified DATETIME,"
                        + " KEY by_status (status), KEY by_branch (branch_id), KEY by_xid (xid)) ENGINE = InnoDB",
                "CREATE TABLE distributed_lock (lock_key CHAR(20) NOT NULL PRIMARY KEY, lock_value VARCHAR(20) NOT NULL,"
                        + " expire BIGINT) ENGINE = InnoDB",
                "INSERT INTO distributed_lock (lock_key, lock_value, expire) VALUES ('AsyncCommitting', ' ', 0),"
                        + " ('RetryCommitting', ' ', 0), ('RetryRollbacking', ' ', 0), ('TxTimeoutCheck', ' ', 0)");
    }

    static List<String> properties(Database database) {
        return List.of(
                "-Dseata.store.mode=db",
                "-Dseata.store.db.datasource=druid",
                "-Dseata.store.db.db-type=mysql",
                "-Dseata.store.db.driver-class-name=org.mariadb.jdbc.Driver",
                "-Dseata.store.db.url=" + database.url(),
                "-Dseata.store.db.user=" + database.user(),
                "-Dseata.store.db.password=" + database.password(),
                "-Dseata.store.db.min-conn=10",
                "-Dseata.store.db.max-conn=100");
    }
}
