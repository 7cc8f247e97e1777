package io.dtx.server.transport;

import io.dtx.protocol.WireProtocol;
import io.dtx.protocol.wire.ClientMessage;
import io.dtx.protocol.wire.CoordinatorGrpc;
import io.dtx.protocol.wire.ServerMessage;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads what clients send. What can not be read becomes one of two messages of our own, so that the stream is ended with a
 * reason: gRPC would end it with none, and write a stack trace.
 */
final class Messages implements Marshaller<ClientMessage> {

    /** In place of bytes that are no message. */
    static final ClientMessage UNREADABLE = ClientMessage.newBuilder().build();

    /** In place of a message over the limit. */
    static final ClientMessage TOO_LARGE = ClientMessage.newBuilder().build();

    /** What is larger than this, gRPC ends without a reason. */
    static final int MAX_READ = 2 * WireProtocol.MAX_MESSAGE_BYTES;

    private final Marshaller<ClientMessage> marshaller =
            CoordinatorGrpc.getConnectMethod().getRequestMarshaller();

    static MethodDescriptor<ClientMessage, ServerMessage> method() {
        return CoordinatorGrpc.getConnectMethod().toBuilder()
                .setRequestMarshaller(new Messages())
                .build();
    }

    @Override
    public InputStream stream(ClientMessage message) {
        return marshaller.stream(message);
    }

    @Override
    public ClientMessage parse(InputStream stream) {
        try {
            return stream.available() > WireProtocol.MAX_MESSAGE_BYTES ? TOO_LARGE : marshaller.parse(stream);
        } catch (IOException | StatusRuntimeException e) {
            return UNREADABLE;
        }
    }
}
