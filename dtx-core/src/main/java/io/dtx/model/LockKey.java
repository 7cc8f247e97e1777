package io.dtx.model;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What a global lock is held on: one key value of one unique index of one table of one resource.
 *
 * <p>Held as one byte string that is equal for two keys exactly when every part is equal (I9). Grammar, lengths as 4-byte
 * big-endian integers:
 *
 * <pre>
 * key      := resource catalogue schema table index value*
 * resource, catalogue, schema, table, index := length utf-8     ; index is empty for the primary key
 * value    := tag length bytes                                   ; tag is one ASCII letter, see {@link Builder}
 * </pre>
 *
 * Values are added in key order, always as read back from the database. Immutable.
 */
public final class LockKey {

    /** Resource, catalogue, schema, table and index. */
    private static final int NAMES = 5;

    private final byte[] encoded;
    private final int hash;

    private LockKey(byte[] encoded) {
        this.encoded = encoded;
        this.hash = Arrays.hashCode(encoded);
    }

    /**
     * Starts a key.
     *
     * @param resource the resource id
     * @param catalogue as the database's catalogue spells it; empty where the database has none
     * @param schema likewise
     * @param table likewise
     * @param index the unique index, empty for the primary key
     */
    public static Builder on(String resource, String catalogue, String schema, String table, String index) {
        return new Builder()
                .name(resource)
                .name(catalogue)
                .name(schema)
                .name(table)
                .name(index);
    }

    /**
     * Reads the byte form.
     *
     * @throws IllegalArgumentException if the bytes do not follow the grammar to their end
     */
    public static LockKey decode(byte[] encoded) {
        LockKey key = new LockKey(encoded.clone());
        key.check();
        return key;
    }

    /** Reads all parts, and makes nothing of them. */
    private void check() {
        ByteBuffer in = ByteBuffer.wrap(encoded);
        for (int name = 0; name < NAMES; name++) {
            skip(in);
        }
        while (in.hasRemaining()) {
            checkTag((char) in.get());
            skip(in);
        }
    }

    private static void skip(ByteBuffer in) {
        int length = readLength(in);
        in.position(in.position() + length);
    }

    /** The byte form: a copy. */
    public byte[] encode() {
        return encoded.clone();
    }

    /** The size of the byte form. */
    public int size() {
        return encoded.length;
    }

    /** The id of the resource that the key belongs to. */
    public String resource() {
        return readName(ByteBuffer.wrap(encoded));
    }

    /** The table, as the database's catalogue spells it, without catalogue and schema. */
    public String table() {
        ByteBuffer in = ByteBuffer.wrap(encoded);
        for (int before = 0; before < 3; before++) {
            readName(in);
        }
        return readName(in);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LockKey that && hash == that.hash && Arrays.equals(encoded, that.encoded);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** For people: {@code bank1.account_info(1)}; not for comparing. */
    @Override
    public String toString() {
        return describe();
    }

    private String describe() {
        ByteBuffer in = ByteBuffer.wrap(encoded);
        readName(in);
        String catalogue = readName(in);
        String schema = readName(in);
        String table = readName(in);
        String index = readName(in);
        StringBuilder text = new StringBuilder();
        for (String qualifier : new String[] {catalogue, schema}) {
            if (!qualifier.isEmpty()) {
                text.append(qualifier).append('.');
            }
        }
        text.append(table);
        if (!index.isEmpty()) {
            text.append('.').append(index);
        }
        text.append('(');
        String separator = "";
        while (in.hasRemaining()) {
            text.append(separator).append(readValue(in));
            separator = ", ";
        }
        return text.append(')').toString();
    }

    private static String readValue(ByteBuffer in) {
        char tag = (char) in.get();
        byte[] bytes = readBytes(in);
        return switch (tag) {
            case Builder.NULL -> "null";
            case Builder.BINARY -> "0x" + HexFormat.of().formatHex(bytes);
            case Builder.NUMBER, Builder.TEMPORAL, Builder.OTHER -> new String(bytes, StandardCharsets.UTF_8);
            case Builder.TEXT -> "'" + new String(bytes, StandardCharsets.UTF_8) + "'";
            default -> throw unknownTag(tag);
        };
    }

    private static void checkTag(char tag) {
        switch (tag) {
            case Builder.NULL, Builder.BINARY, Builder.NUMBER, Builder.TEMPORAL, Builder.OTHER, Builder.TEXT -> {}
            default -> throw unknownTag(tag);
        }
    }

    private static IllegalArgumentException unknownTag(char tag) {
        return new IllegalArgumentException("unknown value tag in a lock key: " + (int) tag);
    }

    private static String readName(ByteBuffer in) {
        return new String(readBytes(in), StandardCharsets.UTF_8);
    }

    private static byte[] readBytes(ByteBuffer in) {
        byte[] bytes = new byte[readLength(in)];
        in.get(bytes);
        return bytes;
    }

    /** Of a part that is there. */
    private static int readLength(ByteBuffer in) {
        int length = in.remaining() < Integer.BYTES ? -1 : in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("a lock key ends in the middle of a part");
        }
        return length;
    }

    /** Adds a key's values in key order. Not thread-safe. */
    public static final class Builder {

        static final char NUMBER = 'n';
        static final char TEXT = 't';
        static final char BINARY = 'b';
        static final char TEMPORAL = 'd';
        static final char OTHER = 'o';
        static final char NULL = '0';

        private final ByteArrayOutputStream out = new ByteArrayOutputStream(96);

        private Builder() {}

        private Builder name(String name) {
            bytes(name.getBytes(StandardCharsets.UTF_8));
            return this;
        }

        /** An integer or exact number, in the canonical text form of its column's scale. */
        public Builder number(String canonical) {
            return value(NUMBER, canonical.getBytes(StandardCharsets.UTF_8));
        }

        /** Text, already folded by its column's collation where the key must be. */
        public Builder text(String text) {
            return value(TEXT, text.getBytes(StandardCharsets.UTF_8));
        }

        public Builder binary(byte[] bytes) {
            return value(BINARY, bytes);
        }

        /** A date, time or instant, in a canonical text form that does not depend on the session. */
        public Builder temporal(String canonical) {
            return value(TEMPORAL, canonical.getBytes(StandardCharsets.UTF_8));
        }

        /** Any other type, in the database's own exact text form. */
        public Builder other(String exact) {
            return value(OTHER, exact.getBytes(StandardCharsets.UTF_8));
        }

        public Builder nullValue() {
            return value(NULL, new byte[0]);
        }

        public LockKey build() {
            return new LockKey(out.toByteArray());
        }

        private Builder value(char tag, byte[] bytes) {
            out.write(tag);
            bytes(bytes);
            return this;
        }

        private void bytes(byte[] bytes) {
            out.writeBytes(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
            out.writeBytes(bytes);
        }
    }
}
