package com.example.mall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import net.sf.jsqlparser.parser.CCJSqlParserUtil;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

@SpringBootTest
class BasketTests {

    @Autowired
    private Basket basket;

    @Autowired
    private ItemMapper items;

    @Test
    void theVersionsAreTheApplicationsOwn() {
        assertThat(jarOf(CCJSqlParserUtil.class)).contains("jsqlparser-4.7");
        assertThat(jarOf(com.google.protobuf.Message.class)).contains("protobuf-java-3.25");
        assertThat(jarOf(ManagedChannel.class)).contains("grpc-api-1.62");
    }

    @Test
    void aPageIsTaken() {
        assertThat(basket.takePage(2, false)).isEqualTo("3 items, 10 euros");
        assertThat(items.pieces()).isEqualTo(14);
    }

    @Test
    void aPageIsPutBackOnAnException() {
        int before = items.pieces();
        assertThatThrownBy(() -> basket.takePage(1, true)).hasMessage("no, wait");
        // The caller is answered at the decision; the rows are put back right after it.
        await().untilAsserted(() -> assertThat(items.pieces()).isEqualTo(before));
    }

    private static String jarOf(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation().toString();
    }
}
