/** Measures coordinators alone: client processes without a database make and decide transactions, with dtx and with Seata. */
@NullMarked
package io.dtx.benchmarks.coordinator;

import org.jspecify.annotations.NullMarked;
