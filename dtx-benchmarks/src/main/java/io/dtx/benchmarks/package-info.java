/** Where a run of the benchmarks begins. */
@NullMarked
package io.dtx.benchmarks;

import org.jspecify.annotations.NullMarked;
