package io.dtx.server.config;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.dtx.model.Xid;
import io.dtx.protocol.WireProtocol;
import io.dtx.protocol.wire.ClientMessage;
import io.dtx.protocol.wire.Hello;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Messages of every kind with fields of any value, and bytes that are not even messages. */
final class FuzzMessages {

    private static final int MOST_REPEATED = 300;

    private final Random random;
    private final String cluster;

    FuzzMessages(Random random, String cluster) {
        this.random = random;
        this.cluster = cluster;
    }

    byte[] hello() {
        return ClientMessage.newBuilder()
                .setRequest(1)
                .setHello(Hello.newBuilder()
                        .setProtocolVersion(WireProtocol.VERSION)
                        .setApplication("fuzz")
                        .setInstance("fuzz-" + random.nextLong()))
                .build()
                .toByteArray();
    }

    byte[] next() {
        byte[] message = message(ClientMessage.getDefaultInstance(), 0).toByteArray();
        return switch (random.nextInt(10)) {
            case 0 -> bytes(random.nextInt(200));
            case 1 -> Arrays.copyOf(message, random.nextInt(message.length + 1));
            case 2 -> flipped(message);
            case 3 -> twice(message);
            case 4 -> hello();
            default -> message;
        };
    }

    private byte[] flipped(byte[] message) {
        byte[] changed = message.clone();
        for (int i = 0; i < 3 && changed.length > 0; i++) {
            changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return changed;
    }

    private static byte[] twice(byte[] message) {
        byte[] both = Arrays.copyOf(message, 2 * message.length);
        System.arraycopy(message, 0, both, message.length, message.length);
        return both;
    }

    private Message message(Message of, int depth) {
        Message.Builder builder = of.newBuilderForType();
        List<FieldDescriptor> fields = of.getDescriptorForType().getFields();
        int kinds = depth == 0 ? 2 : fields.size();
        for (int i = 0; i < kinds; i++) {
            FieldDescriptor field =
                    depth == 0 && i == 0 ? fields.get(0) : fields.get(depth == 0 ? random.nextInt(fields.size()) : i);
            if (random.nextInt(10) == 0 && depth > 0) {
                continue;
            }
            if (field.isRepeated()) {
                int count = random.nextInt(10) == 0 ? random.nextInt(MOST_REPEATED) : random.nextInt(4);
                for (int n = 0; n < count; n++) {
                    builder.addRepeatedField(field, value(builder, field, depth));
                }
            } else {
                builder.setField(field, value(builder, field, depth));
            }
        }
        return builder.build();
    }

    private Object value(Message.Builder builder, FieldDescriptor field, int depth) {
        return switch (field.getJavaType()) {
            case MESSAGE -> message(builder.newBuilderForField(field).getDefaultInstanceForType(), depth + 1);
            case STRING -> text(field.getName());
            case BYTE_STRING -> ByteString.copyFrom(bytes(random.nextInt(60)));
            case BOOLEAN -> random.nextBoolean();
            case INT -> (int) number();
            case LONG -> number();
            case ENUM -> {
                List<EnumValueDescriptor> values = field.getEnumType().getValues();
                yield values.get(random.nextInt(values.size()));
            }
            case FLOAT, DOUBLE -> throw new IllegalStateException("there are none");
        };
    }

    private long number() {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> random.nextInt(10);
            case 2 -> random.nextInt(100_000);
            case 3 -> Long.MAX_VALUE;
            case 4 -> -1;
            default -> random.nextLong();
        };
    }

    private String text(String field) {
        boolean xid = field.startsWith("xid") && random.nextInt(4) > 0;
        if (xid) {
            byte[] unique = new byte[10];
            unique[9] = (byte) random.nextInt(20);
            return Xid.mint(cluster, System.currentTimeMillis() - random.nextInt(10), unique)
                    .toString();
        }
        return switch (random.nextInt(6)) {
            case 0 -> "";
            case 1 -> "x".repeat(random.nextInt(3_000));
            case 2 -> "\u0000\n\r\u001b[31m\ud83d\ude00";
            case 3 -> cluster + "-" + "Z".repeat(26);
            default -> "r" + random.nextInt(3);
        };
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
