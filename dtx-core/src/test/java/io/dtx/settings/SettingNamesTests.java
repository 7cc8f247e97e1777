package io.dtx.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Parameter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingNamesTests {

    private final SettingNames names = new SettingNames(List.of(
            "dtx.enabled",
            "dtx.coordinator.addresses",
            "dtx.coordinator.token",
            "dtx.lock.wait",
            "dtx.undo-log.max-size",
            "dtx.data-sources.exclude",
            "dtx.labels.*"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dtx.enabled",
                "dtx.coordinator.addresses[0]",
                "dtx.undo-log.max-size",
                "dtx.undoLog.maxSize",
                "dtx.undo_log.max_size",
                "dtx.labels.orders",
                "dtx.labels.a.b"
            })
    void aNameIsKnownInEveryFormThatBinds(String name) {
        assertThat(names.spelling(name, false)).isEqualTo(new Spelling.Known());
        assertThat(names.spelling(name, true)).isEqualTo(new Spelling.Known());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dtx.undo.log.max.size",
                "dtx.data.sources.exclude[0]",
                "dtx.coordinator.service.host",
                "dtx.server.service.port.grpc",
                "dtx.server.port[8091].tcp.addr"
            })
    void anEnvironmentDoesNotTellDashesFromDotsAndHoldsWhatOthersPutThere(String name) {
        assertThat(names.spelling(name, true)).isEqualTo(new Spelling.Known());
        assertThat(names.spelling(name, false)).isNotEqualTo(new Spelling.Known());
    }

    @ParameterizedTest
    @CsvSource({
        "dtx.coordinator.adresses, dtx.coordinator.addresses",
        "dtx.coordinator.address, dtx.coordinator.addresses",
        "dtx.cordinator.adress, dtx.coordinator.addresses",
        "dtx.coordinators.addresses, dtx.coordinator.addresses",
        "dtx.coordinator-addresses, dtx.coordinator.addresses",
        "dtx.coordinator.tokne, dtx.coordinator.token",
        "dtx.enable, dtx.enabled",
        "dtx.enalbed, dtx.enabled",
        "dtx.lock.waits, dtx.lock.wait",
        "dtx.undo.log.max-size, dtx.undo-log.max-size",
        "dtx.data.sources.exclude, dtx.data-sources.exclude",
        "dtx.data-source.excluded, dtx.data-sources.exclude"
    })
    void aSlipIsRecognised(String written, String meant) {
        assertThat(names.spelling(written, false)).isEqualTo(new Spelling.Slip(meant));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dtx.coordinator.port",
                "dtx.coordinator.url",
                "dtx.lock.retries",
                "dtx.disabled",
                "dtx.tx-service-group",
                "dtx.undo-log.table",
                "dtx.server.token",
                "dtx.enabled.more"
            })
    void anotherWordIsNoSlip(String name) {
        assertThat(names.spelling(name, false)).isInstanceOf(Spelling.Unknown.class);
    }

    @Test
    void aGroupIsKnownByItsMembers() {
        assertThat(names.spelling("dtx.coordinator", false))
                .isEqualTo(new Spelling.Group(List.of("dtx.coordinator.addresses", "dtx.coordinator.token")));
    }

    @Test
    void theNeighboursAreWhereToLook() {
        assertThat(names.spelling("dtx.coordinator.url", false))
                .isEqualTo(new Spelling.Unknown(List.of("dtx.coordinator.addresses", "dtx.coordinator.token")));
        assertThat(names.spelling("dtx.group.name", false)).isEqualTo(new Spelling.Unknown(List.of()));
        assertThat(names.spelling("dtx.name", false)).isEqualTo(new Spelling.Unknown(List.of()));
    }

    record Settings(boolean enabled, UndoLog undoLog, Map<String, String> labels) {}

    record UndoLog(long maxSize, List<String> other) {}

    @Test
    void theNamesOfARecordAreThoseOfItsComponents() {
        SettingNames ofRecord = SettingNames.of(
                "dtx",
                Settings.class,
                component -> ((Parameter) component).getName().equals("other") ? "more" : null);
        assertThat(ofRecord.all())
                .containsExactly("dtx.enabled", "dtx.labels.*", "dtx.undo-log.max-size", "dtx.undo-log.more");
    }
}
