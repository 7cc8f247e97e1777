/**
 * What dtx does in this application, as Micrometer's meters. The one place that knows Micrometer.
 */
@NullMarked
package io.dtx.spring.metrics;

import org.jspecify.annotations.NullMarked;
