/** The client process, whatever coordinator it talks to: compiled for Seata's class path as well, so it needs the JDK only. */
@NullMarked
package io.dtx.benchmarks.coordinator.client;

import org.jspecify.annotations.NullMarked;
