package io.dtx.undo;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.dtx.model.LockKey;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("I9, T15: values that a unique index calls equal are one lock, others are not")
class FoldingTests {

    private static LockKey key(Folding folding, Value... values) {
        LockKey.Builder key = LockKey.on("r", "", "s", "t", "");
        for (Value value : values) {
            folding.add(key, value);
        }
        return key.build();
    }

    private static void same(Folding folding, Value one, Value other) {
        assertThat(key(folding, one)).isEqualTo(key(folding, other));
    }

    private static void different(Folding folding, Value one, Value other) {
        assertThat(key(folding, one)).isNotEqualTo(key(folding, other));
    }

    @Test
    void numbersAreComparedByValue() {
        same(Folding.NUMBER, Value.decimal("1.00"), Value.decimal("1"));
        same(Folding.NUMBER, Value.decimal("-0.00"), Value.decimal("0"));
        same(Folding.NUMBER, Value.decimal("1E+3"), Value.integer(1000));
        same(Folding.NUMBER, Value.decimal("1E+99999999"), Value.decimal("10E+99999998"));
        different(Folding.NUMBER, Value.decimal("1.00"), Value.decimal("1.01"));
        different(Folding.NUMBER, Value.decimal("NaN"), Value.decimal("Infinity"));
        same(Folding.FLOATING, Value.doublePrecision(0.0), Value.doublePrecision(-0.0));
        different(Folding.FLOATING, Value.doublePrecision(0.1), Value.doublePrecision(0.1f));
    }

    @Test
    void textIsFoldedAsTheTypeCompares() {
        different(Folding.TEXT, Value.text("a"), Value.text("a "));
        same(Folding.TEXT_TRIMMED, Value.text("a"), Value.text("a  "));
        different(Folding.TEXT_TRIMMED, Value.text("a"), Value.text(" a"));
        same(Folding.TEXT_IGNORING_CASE, Value.text("\u00c4b"), Value.text("\u00e4B"));
        different(Folding.TEXT_IGNORING_CASE, Value.text("\u00df"), Value.text("ss"));
    }

    @Test
    void theSortKeysOfTrailingSpacesAreDropped() {
        ByteString space = ByteString.fromHex("0020");
        Folding padded = Folding.weights("", space);
        same(padded, binary("0041"), binary("004100200020"));
        different(padded, binary("0041"), binary("00410021"));
        same(padded, binary(""), binary("0020"));
        different(Folding.weights("", null), binary("0041"), binary("00410020"));
    }

    private static Value binary(String hex) {
        return Value.binary(ByteString.fromHex(hex).toByteArray());
    }

    @Test
    void partsOfAKeyAreNotJoined() {
        assertThat(key(Folding.TEXT, Value.text("a_b"), Value.text("c")))
                .isNotEqualTo(key(Folding.TEXT, Value.text("a"), Value.text("b_c")));
        assertThat(key(Folding.TEXT, Value.text("a"), Value.NULL))
                .isNotEqualTo(key(Folding.TEXT, Value.text("a"), Value.text("")));
    }
}
