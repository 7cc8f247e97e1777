/**
 * Keys, trust, and what is said of those who are turned away at a port. Knows no port, no gRPC and nothing of dtx.
 */
@NullMarked
package io.dtx.server.tls;

import org.jspecify.annotations.NullMarked;
