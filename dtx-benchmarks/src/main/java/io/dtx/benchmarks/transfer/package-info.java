/** The bank transfer, measured: flavour beside flavour on one database server, in rounds that take turns. */
@NullMarked
package io.dtx.benchmarks.transfer;

import org.jspecify.annotations.NullMarked;
