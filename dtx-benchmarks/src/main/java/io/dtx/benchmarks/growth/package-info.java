/** What grows: rows in a statement, statements in a batch, left-over undo rows, waiters for one lock. */
@NullMarked
package io.dtx.benchmarks.growth;

import org.jspecify.annotations.NullMarked;
