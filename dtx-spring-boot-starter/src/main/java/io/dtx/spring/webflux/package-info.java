/** What dtx does on Spring's reactive side: WebClient carries the XID; a reactive service refuses one, until it is supported. */
@NullMarked
package io.dtx.spring.webflux;

import org.jspecify.annotations.NullMarked;
