@NullMarked
package io.dtx.benchmarks.load;

import org.jspecify.annotations.NullMarked;
