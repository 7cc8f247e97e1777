package io.dtx.samples.bank1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.web.server.ResponseStatusException;

class AmountTests {

    @ParameterizedTest
    @ValueSource(strings = {"1", "0.01", "100.50", "1.000", "1e3", "9999999999999999.99"})
    void aPositiveNumberWithAtMostTwoDecimalsIsTaken(BigDecimal amount) {
        assertThat(TransferController.checked(amount)).isSameAs(amount);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"0", "0.00", "-1", "0.001", "0.005", "12345678901234567", "1e16", "1e999999999", "1e-999999999"})
    void anythingElseIsABadRequest(BigDecimal amount) {
        assertThatThrownBy(() -> TransferController.checked(amount))
                .isInstanceOfSatisfying(
                        ResponseStatusException.class,
                        e -> assertThat(e.getStatusCode().value()).isEqualTo(400));
    }
}
