/** For tests, ours and our users': databases, and a coordinator inside the test's own process. */
@NullMarked
package io.dtx.test;

import org.jspecify.annotations.NullMarked;
