/**
 * The bank under load, for each flavour of coordination: as bank1 it debits and has bank2 credit. It must not know dtx or
 * Seata but through {@link io.dtx.benchmarks.bank.Transfers}, since it is compiled against the Spring Boot line of each.
 */
@NullMarked
package io.dtx.benchmarks.bank;

import org.jspecify.annotations.NullMarked;
