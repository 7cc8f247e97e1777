/**
 * The operators' side of the coordinator, by HTTP: what there is, and the way out for what is stalled. Every request carries
 * the operators' token. Must not know how applications are served.
 */
@NullMarked
package io.dtx.server.console;

import org.jspecify.annotations.NullMarked;
