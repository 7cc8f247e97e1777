/**
 * Which global transaction the current thread works for, and what this process knows of it. Must not know the
 * coordinator or a database.
 */
@NullMarked
package io.dtx.context;

import org.jspecify.annotations.NullMarked;
