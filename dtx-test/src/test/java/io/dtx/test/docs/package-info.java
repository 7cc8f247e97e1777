/** Parts of the documents that are made of test definitions. */
@NullMarked
package io.dtx.test.docs;

import org.jspecify.annotations.NullMarked;
