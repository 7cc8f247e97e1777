package io.dtx.spring.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.spring.autoconfigure.DtxProperties;
import io.dtx.spring.configuration.Metadata.Property;
import io.dtx.spring.diagnostics.WrittenKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The metadata of both sides, and the page that is made of it. */
class ConfigurationPageTests {

    static final String COMMAND =
            "mvn -pl dtx-spring-boot-starter -am test -Dtest=ConfigurationPageTests -Dsurefire.failIfNoSpecifiedTests=false -Ddocs.write";

    private static final Path PAGE = Path.of("..", "docs", "configuration.md");

    @Test
    void thePageSaysWhatTheMetadataSays() throws IOException {
        String page = ConfigurationPage.of(Metadata.ofDtx());
        if (System.getProperty("docs.write") != null) {
            Files.writeString(PAGE, page);
        }
        assertThat(PAGE).as("it is stale; to write it anew: " + COMMAND).hasContent(page);
    }

    @Test
    void thePropertiesThatAreBoundAreThoseThatAreDescribed() {
        assertThat(Metadata.ofDtx().properties())
                .extracting(Property::name)
                .filteredOn(name -> !name.startsWith("dtx.server."))
                .containsExactlyElementsOf(
                        WrittenKeys.namesOf(DtxProperties.class).all());
    }

    @ParameterizedTest
    @MethodSource("properties")
    void everyPropertyIsDescribedInSentences(Property property) {
        assertThat(property.description()).matches("[A-Z].*\\.");
        if (property.type().equals("java.lang.Boolean")) {
            assertThat(property.description()).startsWith("Whether ");
        }
    }

    static Iterable<Property> properties() {
        return Metadata.ofDtx().properties();
    }
}
