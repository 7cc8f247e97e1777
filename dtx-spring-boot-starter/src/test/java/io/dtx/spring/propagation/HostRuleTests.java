package io.dtx.spring.propagation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostRuleTests {

    private static final HostRule INTERNAL = HostRule.of(List.of("internal"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LOCALHOST",
                "bank2",
                "bank-2",
                "bank_2",
                "127.0.0.1",
                "127.9.9.9",
                "::1",
                "[::1]",
                "10.1.2.3",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "169.254.1.1",
                "fd00::1",
                "fe80::1",
                "::ffff:10.0.0.1",
                "bank2.prod.svc.cluster.local",
                "db.internal",
                "x.localhost",
                "bank2."
            })
    void internalHostsMaySeeAnXid(String host) {
        assertThat(INTERNAL.allows(host)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "example.org",
                "8.8.8.8",
                "172.32.0.1",
                "11.0.0.1",
                "100.64.0.1",
                "2001:db8::1",
                "134744072",
                "0x08080808",
                "8.8",
                "localhost.example.org",
                "local",
                "internal.evil.org",
                "evil.org:80",
                "::ffff:8.8.8.8"
            })
    void hostsOutsideMayNot(String host) {
        // "local" has one label, so it is a name that only a search domain can complete: inside.
        assertThat(INTERNAL.allows(host)).isEqualTo(host.equals("local"));
    }

    @Test
    void aMissingHostIsNeverAllowed() {
        assertThat(HostRule.of(List.of("*")).allows(null)).isFalse();
    }

    @Test
    void noPatternsAreNoRule() {
        assertThatIllegalArgumentException().isThrownBy(() -> HostRule.of(List.of()));
    }

    @Test
    void patternsNameHostsDomainsAddressesAndRanges() {
        HostRule rule = HostRule.of(
                List.of("Bank2.Example.org", "*.pay.example.org", "203.0.113.7", "198.51.100.0/24", "2001:db8::/32"));

        assertThat(List.of(
                        "bank2.example.org",
                        "a.pay.example.org",
                        "a.b.pay.example.org",
                        "203.0.113.7",
                        "198.51.100.200",
                        "2001:db8:1::5"))
                .allMatch(rule::allows);
        assertThat(List.of(
                        "bank2.example.org.evil.org",
                        "pay.example.org",
                        "xpay.example.org",
                        "203.0.113.8",
                        "198.51.101.1",
                        "2001:db9::1",
                        "localhost"))
                .noneMatch(rule::allows);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://bank2", "10.0.0.0/33", "10.0.0/8", "a b", "", "*.", "bank2:8080", "name/8"})
    void whatIsNoPatternIsRefused(String pattern) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HostRule.of(List.of(pattern)))
                .withMessageContaining(pattern);
    }

    @Test
    void anExclusionHoldsWhateverElseAllows() {
        HostRule rule =
                HostRule.of(List.of("!recommendations", "internal", "!10.9.0.0/16", "*.example.org", "!b.example.org"));

        assertThat(rule.allows("bank2")).isTrue();
        assertThat(rule.allows("Recommendations")).isFalse();
        assertThat(rule.allows("10.8.0.1")).isTrue();
        assertThat(rule.allows("10.9.0.1")).isFalse();
        assertThat(rule.allows("a.example.org")).isTrue();
        assertThat(rule.allows("b.example.org")).isFalse();
    }

    @Test
    void exclusionsAloneAreTakenFromInternal() {
        HostRule rule = HostRule.of(List.of("!legacy", "! reports"));

        assertThat(rule.allows("bank2")).isTrue();
        assertThat(rule.allows("10.1.2.3")).isTrue();
        assertThat(rule.allows("legacy")).isFalse();
        assertThat(rule.allows("reports")).isFalse();
        assertThat(rule.allows("example.org")).isFalse();
    }

    @Test
    void theListThatIncludesAStrangerIsNoWiderThanTheStranger() {
        HostRule rule = HostRule.of(List.of("10.0.0.0/8", "!10.9.0.1"));

        assertThat(rule.including("Bank2.example.org.")).isEqualTo("10.0.0.0/8,!10.9.0.1,bank2.example.org");
        assertThat(rule.excluding("10.1.2.3")).isEqualTo("10.0.0.0/8,!10.9.0.1,!10.1.2.3");
        assertThat(List.of("*", "internal", "0.0.0.0/0", "*.org", "!x"))
                .extracting(rule::including)
                .containsOnly("10.0.0.0/8,!10.9.0.1,<host>");
    }

    @Test
    void exceptEveryHostAllowsNobody() {
        HostRule rule = HostRule.of(List.of("!*"));

        assertThat(List.of("bank2", "localhost", "10.1.2.3", "example.org")).noneMatch(rule::allows);
    }
}
