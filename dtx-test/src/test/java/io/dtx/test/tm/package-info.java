/** The client and the transaction manager against a real coordinator; resources are played by the tests. */
@NullMarked
package io.dtx.test.tm;

import org.jspecify.annotations.NullMarked;
