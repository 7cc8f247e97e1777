/**
 * The resource manager: JDBC proxies that capture what a local transaction changes, register it as a branch, and carry
 * out phase two on the coordinator's word.
 */
@NullMarked
package io.dtx.rm;

import org.jspecify.annotations.NullMarked;
