package com.example.depot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.baomidou.mybatisplus.core.toolkit.Wrappers;
import java.util.List;
import net.sf.jsqlparser.parser.CCJSqlParserUtil;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

@SpringBootTest
class DepotTests {

    @Autowired
    private Depot depot;

    @Autowired
    private ItemMapper items;

    @Test
    void theParserIsTheApplicationsOwn() {
        assertThat(CCJSqlParserUtil.class.getProtectionDomain().getCodeSource().getLocation().toString())
                .contains("jsqlparser-4.9");
    }

    @Test
    void whatIsWrittenThroughMybatisPlusIsPutBackOnAnException() {
        List<String> before = inventory();
        assertThatThrownBy(() -> depot.rearrange(1, true)).hasMessage("no, wait");
        // The caller is answered at the decision; the rows are put back right after it.
        await().untilAsserted(() -> assertThat(inventory()).isEqualTo(before));
    }

    @Test
    void whatIsWrittenThroughMybatisPlusStays() {
        int before = inventory().size();
        assertThat(depot.rearrange(1, false)).isEqualTo(before);
        assertThat(inventory()).hasSize(before + 1);
    }

    private List<String> inventory() {
        return items.selectList(Wrappers.<Item>query().orderByAsc("id")).stream()
                .map(item -> item.getId() + " " + item.getName() + " " + item.getPieces())
                .toList();
    }
}
