/**
 * OpenFeign clients.
 */
@NullMarked
package io.dtx.spring.feign;

import org.jspecify.annotations.NullMarked;
