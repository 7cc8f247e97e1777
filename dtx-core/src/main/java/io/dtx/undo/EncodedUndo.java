package io.dtx.undo;

/**
 * An undo record as an undo row holds it.
 *
 * @param context how to read the info: version, codec, size, checksum
 * @param info the record
 */
@SuppressWarnings("ArrayRecordComponent") // carried from codec to database, never compared
public record EncodedUndo(String context, byte[] info) {

    @Override
    public String toString() {
        return "EncodedUndo[" + context + "]";
    }
}
