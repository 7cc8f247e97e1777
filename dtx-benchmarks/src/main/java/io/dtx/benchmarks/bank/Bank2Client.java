package io.dtx.benchmarks.bank;

import java.math.BigDecimal;
import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

@FeignClient(name = "bank2", url = "${bank2.url:http://localhost:1}")
interface Bank2Client {

    @PostMapping("/credit")
    String credit(@RequestParam("to") String to, @RequestParam("amount") BigDecimal amount);
}
