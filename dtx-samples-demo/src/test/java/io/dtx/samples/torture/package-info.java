/**
 * Torture: real processes under load, killed, stopped and cut off from each other in random order. After each settling, every
 * answer that was given to a caller must be true, and nothing may be left behind.
 */
@NullMarked
package io.dtx.samples.torture;

import org.jspecify.annotations.NullMarked;
