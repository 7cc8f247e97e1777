/** What all benchmarks write, and how. */
@NullMarked
package io.dtx.benchmarks.report;

import org.jspecify.annotations.NullMarked;
