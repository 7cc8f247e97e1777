/** Small parts of dtx, each measured alone (JMH). */
@NullMarked
package io.dtx.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
