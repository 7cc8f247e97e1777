/**
 * The unchecked exception tree, split by what the caller can do: try again, give up, or ask an operator; and the
 * SQLStates of the errors that cross JDBC. Knows only the model.
 */
@NullMarked
package io.dtx.error;

import org.jspecify.annotations.NullMarked;
