package io.dtx.undo;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import io.dtx.undo.UndoEntry.RecordedColumn;
import io.dtx.undo.record.StoredColumn;
import io.dtx.undo.record.StoredEntry;
import io.dtx.undo.record.StoredRow;
import io.dtx.undo.record.StoredUndo;
import io.dtx.undo.record.StoredValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Undo entries to protobuf messages and back. */
final class UndoRecords {

    private UndoRecords() {}

    static StoredUndo toMessage(List<UndoEntry> entries) {
        StoredUndo.Builder undo = StoredUndo.newBuilder();
        for (UndoEntry entry : entries) {
            StoredEntry.Builder stored = undo.addEntriesBuilder()
                    .setKind(entry.kind().code())
                    .setCatalogue(entry.catalogue())
                    .setSchema(entry.schema())
                    .setTable(entry.table())
                    .setSideEffectsAccepted(entry.sideEffectsAccepted());
            for (RecordedColumn column : entry.columns()) {
                stored.addColumns(
                        StoredColumn.newBuilder().setName(column.name()).setDeclaration(column.declaration()));
            }
            entry.before().forEach(row -> stored.addBefore(toMessage(row)));
            entry.after().forEach(row -> stored.addAfter(toMessage(row)));
        }
        return undo.build();
    }

    /** @throws IllegalArgumentException if the message is well-formed and makes no sense */
    static List<UndoEntry> fromBytes(byte[] record) throws IOException {
        CodedInputStream in = CodedInputStream.newInstance(record);
        in.setSizeLimit(Integer.MAX_VALUE);
        StoredUndo undo = StoredUndo.parseFrom(in);
        in.checkLastTagWas(0);
        if (!undo.getUnknownFields().asMap().isEmpty()) {
            throw new InvalidProtocolBufferException("fields that this version does not know");
        }
        return undo.getEntriesList().stream().map(UndoRecords::fromMessage).toList();
    }

    private static UndoEntry fromMessage(StoredEntry stored) {
        if (stored.getTable().isEmpty() || !stored.getUnknownFields().asMap().isEmpty()) {
            throw new IllegalArgumentException("an entry without a table, or with unknown fields");
        }
        return new UndoEntry(
                UndoEntry.Kind.of(stored.getKind()),
                stored.getCatalogue(),
                stored.getSchema(),
                stored.getTable(),
                stored.getColumnsList().stream()
                        .map(column -> new RecordedColumn(column.getName(), column.getDeclaration()))
                        .toList(),
                stored.getBeforeList().stream().map(UndoRecords::fromMessage).toList(),
                stored.getAfterList().stream().map(UndoRecords::fromMessage).toList(),
                List.of(),
                stored.getSideEffectsAccepted());
    }

    private static StoredRow toMessage(Row row) {
        StoredRow.Builder stored = StoredRow.newBuilder();
        row.values().forEach(value -> stored.addValues(toMessage(value)));
        return stored.build();
    }

    private static Row fromMessage(StoredRow stored) {
        return new Row(
                stored.getValuesList().stream().map(UndoRecords::fromMessage).toList());
    }

    private static StoredValue toMessage(Value value) {
        StoredValue.Builder stored = StoredValue.newBuilder();
        switch (value.kind()) {
            case NULL -> stored.setNull(true);
            case INTEGER -> stored.setInteger(value.asLong());
            case DECIMAL -> stored.setDecimal(value.asText());
            case TEXT -> {
                if (hasUtf8(value.asText())) {
                    stored.setText(value.asText());
                } else {
                    stored.setUtf16(utf16(value.asText()));
                }
            }
            case BINARY -> stored.setBinary(value.asBinary());
            case DOUBLE -> stored.setDoubleBits(value.asLong());
            case REAL -> stored.setRealBits((int) value.asLong());
        }
        return stored.build();
    }

    /** A Java string with half a surrogate pair has no UTF-8 form; protobuf would write a question mark. */
    private static boolean hasUtf8(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return StandardCharsets.UTF_8.newEncoder().canEncode(text);
            }
        }
        return true;
    }

    private static Value fromMessage(StoredValue stored) {
        return switch (stored.getContentCase()) {
            case NULL -> Value.NULL;
            case INTEGER -> Value.integer(stored.getInteger());
            case DECIMAL -> Value.decimal(stored.getDecimal());
            case TEXT -> Value.text(stored.getText());
            case UTF16 -> Value.text(utf16(stored.getUtf16()));
            case BINARY -> new Value(Value.Kind.BINARY, stored.getBinary());
            case DOUBLE_BITS -> new Value(Value.Kind.DOUBLE, stored.getDoubleBits());
            case REAL_BITS -> new Value(Value.Kind.REAL, (long) stored.getRealBits());
            case CONTENT_NOT_SET ->
                throw new IllegalArgumentException("a value of a kind that this version does not know");
        };
    }

    private static ByteString utf16(String text) {
        ByteBuffer bytes = ByteBuffer.allocate(text.length() * 2);
        bytes.asCharBuffer().put(text);
        return ByteString.copyFrom(bytes);
    }

    private static String utf16(ByteString bytes) {
        if (bytes.size() % 2 != 0) {
            throw new IllegalArgumentException("half a character");
        }
        StringBuilder text = new StringBuilder(bytes.size() / 2);
        for (int i = 0; i < bytes.size(); i += 2) {
            text.append((char) ((bytes.byteAt(i) << 8) | (bytes.byteAt(i + 1) & 0xff)));
        }
        return text.toString();
    }
}
