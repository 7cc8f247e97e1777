package io.dtx.rm;

import io.dtx.sql.SqlStatement;

/**
 * One statement of a batch.
 *
 * @param parameters set for it; empty for a plain statement
 * @param keys the generated keys that the application asks for
 * @param statement what its text does
 */
record BatchElement(String sql, Parameters parameters, KeyRequest keys, SqlStatement statement) {}
