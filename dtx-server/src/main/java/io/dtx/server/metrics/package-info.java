/**
 * What the coordinator's process measures, as Micrometer meters. Every name is listed in docs/operations.md, which a test
 * checks. Must not know Spring, nor what carries messages.
 */
@NullMarked
package io.dtx.server.metrics;

import org.jspecify.annotations.NullMarked;
