package io.dtx.spring.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.spring.autoconfigure.StartFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringBootVersion;

class RequiredBootTests {

    @ParameterizedTest
    @ValueSource(strings = {"3.5.7", "2.7.18", "3.5.0-SNAPSHOT"})
    void anOlderSpringBootStopsTheStart(String version) {
        assertThatThrownBy(() -> RequiredBoot.check(version))
                .satisfies(failure -> assertThat(StartFailure.of(failure)).satisfies(analysis -> {
                    assertThat(analysis.getDescription()).contains("Spring Boot " + version, "Spring Boot 4");
                    assertThat(analysis.getAction()).contains("Spring Boot 4");
                }));
    }

    @Test
    void theOneThatRunsHereAndNewerOnesPass() {
        for (String version : new String[] {SpringBootVersion.getVersion(), "4.0.0", "10.0.0-M1"}) {
            assertThatCode(() -> RequiredBoot.check(version)).doesNotThrowAnyException();
        }
    }
}
