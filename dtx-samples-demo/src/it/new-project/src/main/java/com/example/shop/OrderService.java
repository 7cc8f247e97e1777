package com.example.shop;

import io.dtx.GlobalTransactional;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

@Service
public class OrderService {

    private final JdbcClient orders;
    private final JdbcClient stock;

    OrderService(@Qualifier("orders") DataSource orders, @Qualifier("stock") DataSource stock) {
        this.orders = JdbcClient.create(orders);
        this.stock = JdbcClient.create(stock);
    }

    @GlobalTransactional
    public void order(String item, boolean changeOfMind) {
        orders.sql("INSERT INTO orders (item) VALUES (?)").param(item).update();
        stock.sql("UPDATE stock SET pieces = pieces - 1 WHERE item = ?").param(item).update();
        if (changeOfMind) {
            throw new IllegalStateException("no, wait");
        }
    }
}
