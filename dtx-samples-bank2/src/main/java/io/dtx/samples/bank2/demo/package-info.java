/** For the demo only (profile {@code demo}): makes a transfer stand still where the demo wants to pull a plug. */
@NullMarked
package io.dtx.samples.bank2.demo;

import org.jspecify.annotations.NullMarked;
