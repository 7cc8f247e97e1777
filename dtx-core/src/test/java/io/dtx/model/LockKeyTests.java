package io.dtx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LockKeyTests {

    private static final LockKey KEY = LockKey.on("r1", "bank1", "", "account_info", "by_name")
            .number("1")
            .text("ä'")
            .binary(new byte[] {1, -1})
            .temporal("2026-01-01")
            .other("{}")
            .nullValue()
            .build();

    @Test
    void whatWasWrittenIsReadAsTheSameKey() {
        LockKey read = LockKey.decode(KEY.encode());

        assertThat(read).isEqualTo(KEY).hasSameHashCodeAs(KEY);
        assertThat(read.resource()).isEqualTo("r1");
        assertThat(read.table()).isEqualTo("account_info");
        assertThat(read).hasToString("bank1.account_info.by_name(1, 'ä'', 0x01ff, 2026-01-01, {}, null)");
    }

    @Test
    void aKeyThatEndsInTheMiddleOfAPartIsRefused() {
        byte[] whole = LockKey.on("r1", "bank1", "", "account_info", "")
                .number("123")
                .build()
                .encode();
        int names = LockKey.on("r1", "bank1", "", "account_info", "").build().size();
        for (int length = 0; length < whole.length; length++) {
            if (length != names) { // a key of no value
                byte[] cut = Arrays.copyOf(whole, length);
                assertThatThrownBy(() -> LockKey.decode(cut))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("ends in the middle");
            }
        }
    }

    @Test
    void aValueOfAnUnknownKindIsRefused() {
        byte[] bytes = LockKey.on("r", "", "", "t", "").number("1").build().encode();
        bytes[bytes.length - 6] = 'z';

        assertThatThrownBy(() -> LockKey.decode(bytes)).hasMessageContaining("unknown value tag");
    }

    /** What is let in must be readable: its text is made only when somebody needs it, far from here. */
    @Test
    void whateverIsReadHasAText() {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = KEY.encode();
            for (int change = random.nextInt(3); change >= 0; change--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            if (isKey(bytes)) {
                assertThat(LockKey.decode(bytes).toString()).isNotEmpty();
                assertThat(LockKey.decode(bytes).encode()).isEqualTo(bytes);
            }
        }
    }

    private static boolean isKey(byte[] bytes) {
        try {
            LockKey.decode(bytes);
            return true;
        } catch (IllegalArgumentException refused) {
            return false;
        }
    }
}
