/**
 * The wire protocol between application and coordinator, as values, and their mapping to the protobuf messages in
 * {@code io.dtx.protocol.wire}. Knows nothing of connections, threads or who answers.
 */
@NullMarked
package io.dtx.protocol;

import org.jspecify.annotations.NullMarked;
