/**
 * For tests, ours and our users': databases, and a coordinator inside the test's own process.
 *
 * <p>In a project that depends on {@code dtx-spring-boot-starter}, too, put the dependency {@code dtx-test} before it.
 */
@NullMarked
package io.dtx.test;

import org.jspecify.annotations.NullMarked;
