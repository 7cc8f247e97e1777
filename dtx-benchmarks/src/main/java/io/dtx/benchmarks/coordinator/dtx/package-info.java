/** The coordinator benchmark's transactions with dtx. */
@NullMarked
package io.dtx.benchmarks.coordinator.dtx;

import org.jspecify.annotations.NullMarked;
