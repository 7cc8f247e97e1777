package com.example.depot;

import com.baomidou.mybatisplus.core.toolkit.Wrappers;
import com.baomidou.mybatisplus.extension.plugins.pagination.Page;
import io.dtx.GlobalTransactional;
import org.springframework.stereotype.Service;

@Service
public class Depot {

    private final ItemMapper items;

    Depot(ItemMapper items) {
        this.items = items;
    }

    /** Takes one of each item on the page, adds a new item, and may think better of it. */
    @GlobalTransactional
    public long rearrange(int page, boolean changeOfMind) {
        Page<Item> found = items.selectPage(Page.of(page, 2), Wrappers.<Item>query().orderByAsc("id"));
        for (Item item : found.getRecords()) {
            item.setPieces(item.getPieces() - 1);
            items.updateById(item);
        }
        Item lamp = new Item();
        lamp.setName("lamp");
        lamp.setPieces(1);
        items.insert(lamp);
        if (changeOfMind) {
            throw new IllegalStateException("no, wait");
        }
        return found.getTotal();
    }
}
