/**
 * Spring Cloud circuit breakers, of any implementation: the call and its fallback stay in the caller's global transaction.
 */
@NullMarked
package io.dtx.spring.circuitbreaker;

import org.jspecify.annotations.NullMarked;
