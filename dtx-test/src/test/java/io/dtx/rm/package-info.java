/** The resource manager on real databases and against a real coordinator: in its package, to reach its clock. */
@NullMarked
package io.dtx.rm;

import org.jspecify.annotations.NullMarked;
