package io.dtx.rm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OpenResourceTests {

    @Test
    void aLabelHoldsNoCredentialsAndNoParameters() {
        assertThat(OpenResource.normalised("jdbc:mariadb://user:secret@Host:3306/bank1?password=x"))
                .isEqualTo("mariadb://host:3306/bank1");
        assertThat(OpenResource.normalised("jdbc:h2:mem:bank;PASSWORD=x")).isEqualTo("h2:mem:bank");
        assertThat(OpenResource.normalised("jdbc:postgresql://h:1/b?user=a&password=b"))
                .isEqualTo("postgresql://h:1/b");
    }
}
