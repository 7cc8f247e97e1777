/**
 * The gRPC side of the coordinator: sockets, the token, streams and their back-pressure. Must not know what a request means.
 */
@NullMarked
package io.dtx.server.transport;

import org.jspecify.annotations.NullMarked;
