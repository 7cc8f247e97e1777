/**
 * Runs {@link io.dtx.GlobalTransactional} methods in global transactions. Must not know HTTP or a database.
 */
@NullMarked
package io.dtx.spring.transaction;

import org.jspecify.annotations.NullMarked;
