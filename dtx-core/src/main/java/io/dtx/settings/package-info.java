/**
 * The spelling of settings, for everything of dtx that can be configured. Must not know what a setting means, nor where it
 * was read from.
 */
@NullMarked
package io.dtx.settings;

import org.jspecify.annotations.NullMarked;
