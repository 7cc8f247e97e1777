package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which servers that answer as PostgreSQL does are PostgreSQL. */
class PostgreSqlVersionTests {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PostgreSQL 18.1 on x86_64-pc-linux-gnu, compiled by gcc (GCC) 13.2.0, 64-bit",
                "PostgreSQL 16.4 (Debian 16.4-1.pgdg120+1) on x86_64-pc-linux-gnu, compiled by gcc, 64-bit",
                "PostgreSQL 15.2 (EnterpriseDB Advanced Server 15.2.0) on x86_64-pc-linux-gnu, 64-bit",
            })
    void postgreSqlIsKnown(String version) {
        assertThat(PostgreSqlRules.isPostgreSql(version)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PostgreSQL 11.2-YB-2.20.1.0-b0 on x86_64-pc-linux-gnu, compiled by clang version 16.0.6, 64-bit",
                "PostgreSQL 9.4.26 (Greenplum Database 6.25.3 build commit:367edc6b4d) on x86_64-unknown-linux-gnu",
                "PostgreSQL 14.4 (Apache Cloudberry 2.0.0 build dev) on x86_64-pc-linux-gnu, 64-bit",
                "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.65679",
                "PostgreSQL 9.2.4 (openGauss 5.0.0 build a07d57c3) on x86_64-unknown-linux-gnu",
                "CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu, built 2024/05/15)",
            })
    void whatIsDerivedFromItIsNot(String version) {
        assertThat(PostgreSqlRules.isPostgreSql(version)).isFalse();
    }
}
