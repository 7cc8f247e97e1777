/**
 * The values that every other package speaks in: identifiers, lock keys, statuses, outcomes, and
 * the bounds that both sides keep. Values only: nothing here
 * does I/O, reads a clock, or knows another package.
 */
@NullMarked
package io.dtx.model;

import org.jspecify.annotations.NullMarked;
