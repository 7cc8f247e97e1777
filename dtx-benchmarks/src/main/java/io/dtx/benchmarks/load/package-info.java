/** The process that makes the load: reads orders from standard input, one a line, and answers each with one line of JSON. */
@NullMarked
package io.dtx.benchmarks.load;

import org.jspecify.annotations.NullMarked;
