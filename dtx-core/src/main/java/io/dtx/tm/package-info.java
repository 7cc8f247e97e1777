/**
 * The transaction manager: begins global transactions, joins them, and asks for the decision. Must not know a database.
 */
@NullMarked
package io.dtx.tm;

import org.jspecify.annotations.NullMarked;
