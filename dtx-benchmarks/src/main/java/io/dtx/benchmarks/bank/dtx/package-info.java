/** The bank's flavour with dtx. */
@NullMarked
package io.dtx.benchmarks.bank.dtx;

import org.jspecify.annotations.NullMarked;
