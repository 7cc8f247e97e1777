package com.example.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.jdbc.core.simple.JdbcClient;

@SpringBootTest
class OrderServiceTests {

    @Autowired
    private OrderService service;

    @Autowired
    @Qualifier("orders")
    private DataSource orders;

    @Autowired
    @Qualifier("stock")
    private DataSource stock;

    @BeforeEach
    void fiveBooksAndNoOrders() {
        JdbcClient.create(orders).sql("DELETE FROM orders").update();
        JdbcClient.create(stock).sql("MERGE INTO stock VALUES ('book', 5)").update();
    }

    @Test
    void bothDatabasesAreWritten() {
        service.order("book", false);
        assertThat(number(orders, "SELECT count(*) FROM orders")).isEqualTo(1);
        assertThat(number(stock, "SELECT pieces FROM stock")).isEqualTo(4);
    }

    @Test
    void bothDatabasesAreRolledBackOnAnException() {
        assertThatThrownBy(() -> service.order("book", true)).hasMessage("no, wait");
        // The caller is answered at the decision; the rows are put back right after it.
        await().untilAsserted(() -> {
            assertThat(number(orders, "SELECT count(*) FROM orders")).isEqualTo(0);
            assertThat(number(stock, "SELECT pieces FROM stock")).isEqualTo(5);
        });
    }

    private static int number(DataSource database, String sql) {
        return JdbcClient.create(database).sql(sql).query(Integer.class).single();
    }
}
