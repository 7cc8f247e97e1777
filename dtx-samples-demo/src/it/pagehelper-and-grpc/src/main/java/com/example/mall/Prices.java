package com.example.mall;

import com.google.protobuf.ListValue;
import com.google.protobuf.StringValue;
import com.google.protobuf.Value;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import org.springframework.stereotype.Component;

/** A gRPC service and its client, of the application's own version. */
@Component
class Prices {

    private static final MethodDescriptor<ListValue, StringValue> PRICE = MethodDescriptor.<ListValue, StringValue>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(MethodDescriptor.generateFullMethodName("mall.Prices", "Price"))
            .setRequestMarshaller(ProtoUtils.marshaller(ListValue.getDefaultInstance()))
            .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
            .build();

    private final Server server;
    private final ManagedChannel channel;

    Prices() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(ServerServiceDefinition.builder("mall.Prices")
                        .addMethod(PRICE, ServerCalls.asyncUnaryCall((items, answer) -> {
                            answer.onNext(StringValue.of(items.getValuesCount() * 10 + " euros"));
                            answer.onCompleted();
                        }))
                        .build())
                .build()
                .start();
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
    }

    String of(List<String> names) {
        ListValue.Builder items = ListValue.newBuilder();
        names.forEach(name -> items.addValues(Value.newBuilder().setStringValue(name)));
        return ClientCalls.blockingUnaryCall(channel, PRICE, CallOptions.DEFAULT, items.build()).getValue();
    }

    @PreDestroy
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
    }
}
