/**
 * Turns what stops a start into words that say what to write instead.
 */
@NullMarked
package io.dtx.spring.diagnostics;

import org.jspecify.annotations.NullMarked;
