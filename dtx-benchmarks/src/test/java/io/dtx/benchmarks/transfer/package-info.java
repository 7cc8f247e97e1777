@NullMarked
package io.dtx.benchmarks.transfer;

import org.jspecify.annotations.NullMarked;
