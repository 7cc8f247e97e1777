package io.dtx.samples.bank1;

import java.math.BigDecimal;
import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

@FeignClient(name = "bank2", url = "${bank2.url}", fallback = Bank2Client.Fallback.class)
interface Bank2Client {

    String FALLBACK = "fallback";

    @PostMapping("/transfer")
    String transfer(@RequestParam("amount") BigDecimal amount);

    /** Answers when bank2 does not, or answers with an error. */
    @Component
    class Fallback implements Bank2Client {

        @Override
        public String transfer(BigDecimal amount) {
            return FALLBACK;
        }
    }
}
