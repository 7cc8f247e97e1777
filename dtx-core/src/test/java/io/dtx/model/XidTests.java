package io.dtx.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XidTests {

    @Test
    void whatWasMintedIsReadAsTheSame() {
        Xid xid = Xid.mint("Clu5ter0", 1_700_000_000_000L, new byte[] {0, -1, 2, -3, 4, -5, 6, -7, 8, -9});

        assertThat(Xid.parse(xid.toString())).isEqualTo(xid);
        assertThat(xid.epochMillis()).isEqualTo(1_700_000_000_000L);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Clu5ter0",
                "Clu5ter0-7ZZZZZZZZZZZZZZZZZZZZZZZZ", // one too few
                "Clu5ter0-7ZZZZZZZZZZZZZZZZZZZZZZZZZZ", // one too many
                "Clu5ter0_7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
                "Clu-ter0-7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
                "Cluäter0-7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
                "Clu5ter0-8ZZZZZZZZZZZZZZZZZZZZZZZZZ", // beyond the greatest ULID
                "Clu5ter0-/ZZZZZZZZZZZZZZZZZZZZZZZZZ",
                "Clu5ter0-7zZZZZZZZZZZZZZZZZZZZZZZZZ",
                "Clu5ter0-7IZZZZZZZZZZZZZZZZZZZZZZZZ",
                "Clu5ter0-7LZZZZZZZZZZZZZZZZZZZZZZZZ",
                "Clu5ter0-7OZZZZZZZZZZZZZZZZZZZZZZZZ",
                "Clu5ter0-7UZZZZZZZZZZZZZZZZZZZZZZZZ",
                "Clu5ter0-7ZZZZZZZZZZZZ'ZZZZZZZZZZZZ",
            })
    void whatIsNoXidIsRefused(String text) {
        assertThatThrownBy(() -> Xid.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyCharacterOfTheTwoAlphabetsIsTaken() {
        Xid xid = Xid.parse("09AZazmN-70123456789ABCDEFGHJKMNPQR");

        assertThat(Xid.parse("Clu5ter0-0STVWXYZ000000000000000000")).isNotEqualTo(xid);
    }
}
