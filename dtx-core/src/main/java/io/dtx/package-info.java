/**
 * What an application writes: the annotations, the template for code without annotations, and the context of the
 * current global transaction. Nothing else in dtx-core imports this package.
 */
@NullMarked
package io.dtx;

import org.jspecify.annotations.NullMarked;
