package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dtx.model.BranchId;
import io.dtx.model.Xid;
import io.dtx.undo.UndoEntry.Kind;
import io.dtx.undo.UndoEntry.RecordedColumn;
import io.dtx.undo.record.StoredUndo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UndoCodecTests {

    private static final BranchId BRANCH = branch(1);
    private static final List<RecordedColumn> COLUMNS =
            List.of(new RecordedColumn("id", "bigint"), new RecordedColumn("v", "varchar(20)"));

    private final UndoCodec codec = new UndoCodec(200_000);

    private static BranchId branch(int number) {
        return new BranchId(Xid.mint("cluster1", 1_700_000_000_000L, new byte[10]), number);
    }

    private static UndoEntry update(Value before, Value after) {
        Value key = Value.integer(1);
        return new UndoEntry(
                Kind.UPDATE,
                "def",
                "bank1",
                "account_info",
                COLUMNS,
                List.of(new Row(List.of(key, before))),
                List.of(new Row(List.of(key, after))));
    }

    @Test
    void everyKindOfValueComesBack() throws UndoLogException {
        List<UndoEntry> entries = new ArrayList<>();
        for (Value value : List.of(
                Value.NULL,
                Value.integer(Long.MIN_VALUE),
                Value.decimal("1.00"),
                Value.text(""),
                Value.text("\ud83d\ude00 \0"),
                Value.text("half \ud83d a pair \ude00"),
                Value.binary(new byte[] {0, -1, 39}),
                Value.doublePrecision(-0.0),
                Value.doublePrecision(Double.NaN),
                Value.real(Float.MIN_VALUE),
                Value.real(-0f))) {
            entries.add(update(value, Value.NULL));
        }
        entries.add(new UndoEntry(
                Kind.INSERT, "", "s", "t", COLUMNS, List.of(), entries.get(0).after()));
        entries.add(
                new UndoEntry(Kind.DELETE, "", "s", "t", COLUMNS, entries.get(0).before(), List.of()));

        assertThat(codec.decode(BRANCH, codec.encode(BRANCH, entries))).isEqualTo(entries);
    }

    @Test
    void thatSideEffectsWereAcceptedComesBack() throws UndoLogException {
        UndoEntry plain = update(Value.NULL, Value.integer(1));
        UndoEntry accepted = new UndoEntry(
                Kind.UPDATE, "def", "bank1", "watched", COLUMNS, plain.before(), plain.after(), List.of(), true);

        assertThat(codec.decode(BRANCH, codec.encode(BRANCH, List.of(plain, accepted))))
                .containsExactly(plain, accepted);
    }

    @Test
    void valuesThatDifferInWritingOnlyAreDifferent() {
        assertThat(Value.decimal("1.0")).isNotEqualTo(Value.decimal("1.00"));
        assertThat(Value.doublePrecision(0.0)).isNotEqualTo(Value.doublePrecision(-0.0));
        assertThat(Value.text("1")).isNotEqualTo(Value.decimal("1"));
        assertThat(Value.integer(0)).isNotEqualTo(Value.doublePrecision(0.0));
    }

    @Test
    void aLargeRecordIsCompressedAndTheContextSaysSo() throws UndoLogException {
        List<UndoEntry> small = List.of(update(Value.text("x".repeat(1000)), Value.NULL));
        List<UndoEntry> large = List.of(update(Value.text("x".repeat(1_000_000)), Value.NULL));

        EncodedUndo compressed = codec.encode(BRANCH, large);

        assertThat(codec.encode(BRANCH, small).context()).startsWith("dtx1;raw;");
        assertThat(compressed.context()).startsWith("dtx1;deflate;");
        assertThat(compressed.context().length()).isLessThanOrEqualTo(128);
        assertThat(compressed.info().length).isLessThan(10_000);
        assertThat(codec.decode(BRANCH, compressed)).isEqualTo(large);
    }

    @Test
    void aRecordOverTheLimitIsRefusedAndTheMessageNamesTheProperty() {
        byte[] random = new byte[300_000];
        new Random(1).nextBytes(random);

        assertThatExceptionOfType(UndoLogException.class)
                .isThrownBy(() -> codec.encode(BRANCH, List.of(update(Value.binary(random), Value.NULL))))
                .withMessageContaining("dtx.undo-log.max-size")
                .withMessageContaining("200000");
    }

    @Test
    void whereTheDatabaseTakesLessThanWasSetTheMessageDoesNotAdviseToSetMore() {
        byte[] random = new byte[300_000];
        new Random(1).nextBytes(random);
        UndoCodec narrow = UndoCodec.within(1_000_000, 200_000);

        assertThatExceptionOfType(UndoLogException.class)
                .isThrownBy(() -> narrow.encode(BRANCH, List.of(update(Value.binary(random), Value.NULL))))
                .withMessageContaining("at most 200000 are allowed")
                .withMessageContaining("max_allowed_packet")
                .withMessageNotContaining("raise dtx.undo-log.max-size");
    }

    @Test
    void aRecordOfAnotherBranchIsNotTakenForThisBranchs() throws UndoLogException {
        EncodedUndo undo = codec.encode(BRANCH, List.of(update(Value.NULL, Value.text("x"))));

        assertThatExceptionOfType(UndoLogException.class).isThrownBy(() -> codec.decode(branch(2), undo));
    }

    @Test
    void bytesThatWereChangedAnywhereAreRefused() throws UndoLogException {
        for (int size : new int[] {3, 100_000}) {
            EncodedUndo undo = codec.encode(BRANCH, List.of(update(Value.text("y".repeat(size)), Value.integer(7))));
            Random random = new Random(size);
            for (int i = 0; i < 2_000; i++) {
                byte[] changed = undo.info().clone();
                changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
                assertRefused(new EncodedUndo(undo.context(), changed));
                assertRefused(
                        new EncodedUndo(undo.context(), Arrays.copyOf(undo.info(), random.nextInt(changed.length))));
            }
            for (int i = 0; i < undo.context().length(); i++) {
                StringBuilder context = new StringBuilder(undo.context());
                context.setCharAt(i, context.charAt(i) == '7' ? '8' : '7');
                assertRefused(new EncodedUndo(context.toString(), undo.info()));
            }
        }
    }

    private void assertRefused(EncodedUndo undo) {
        assertThatExceptionOfType(UndoLogException.class).isThrownBy(() -> codec.decode(BRANCH, undo));
    }

    @Test
    void whatThisVersionDoesNotKnowIsRefusedWithItsName() {
        assertThatExceptionOfType(UndoLogException.class)
                .isThrownBy(() -> codec.decode(BRANCH, new EncodedUndo("dtx9;raw;0;00000000", new byte[0])))
                .withMessageContaining("dtx9");
        assertThatExceptionOfType(UndoLogException.class)
                .isThrownBy(() -> codec.decode(BRANCH, new EncodedUndo("serializer=jackson", new byte[0])));
    }

    @Test
    void randomBytesNeverDecodeToSomethingUnchecked() {
        Random random = new Random(2);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(60)];
            random.nextBytes(bytes);
            try {
                List<UndoEntry> entries = UndoRecords.fromBytes(bytes);
                assertThat(StoredUndo.parseFrom(UndoRecords.toMessage(entries).toByteArray()))
                        .isEqualTo(UndoRecords.toMessage(entries));
            } catch (java.io.IOException | IllegalArgumentException expected) {
                assertThat(expected).isNotNull();
            }
        }
    }
}
