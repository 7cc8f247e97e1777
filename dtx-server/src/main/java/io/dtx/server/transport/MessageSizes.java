package io.dtx.server.transport;

import io.dtx.server.runtime.LimitCounts;
import io.dtx.server.runtime.Limits.Limit;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;

/** Counts the streams that gRPC ends for a message over the size limit: it tells nobody else. */
final class MessageSizes extends ServerStreamTracer.Factory {

    private final LimitCounts counts;

    MessageSizes(LimitCounts counts) {
        this.counts = counts;
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        return new ServerStreamTracer() {
            @Override
            public void streamClosed(Status status) {
                if (String.valueOf(status.getDescription()).contains("exceeds maximum size")) {
                    counts.add(Limit.MESSAGE_SIZE);
                }
            }
        };
    }
}
