/**
 * The application's health as actuator shows it. The one place that knows Boot's health API, which differs between Boot
 * lines.
 */
@NullMarked
package io.dtx.spring.health;

import org.jspecify.annotations.NullMarked;
