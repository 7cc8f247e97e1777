package com.example.mall;

import com.github.pagehelper.PageHelper;
import com.github.pagehelper.PageInfo;
import io.dtx.GlobalTransactional;
import org.springframework.stereotype.Service;

@Service
public class Basket {

    private final ItemMapper items;
    private final Prices prices;

    Basket(ItemMapper items, Prices prices) {
        this.items = items;
        this.prices = prices;
    }

    /** Takes one of each item on the page, asks for their prices by gRPC, and may think better of it. */
    @GlobalTransactional
    public String takePage(int page, boolean changeOfMind) {
        PageInfo<String> names = PageHelper.startPage(page, 2).doSelectPageInfo(items::names);
        names.getList().forEach(items::take);
        String price = prices.of(names.getList());
        if (changeOfMind) {
            throw new IllegalStateException("no, wait");
        }
        return names.getTotal() + " items, " + price;
    }
}
