package io.dtx.samples.bank1;

import io.dtx.GlobalTransactional;
import java.math.BigDecimal;
import org.springframework.context.annotation.Profile;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** For the demo only: the same transfer, as part of a global transaction that has three seconds; failures are swallowed. */
@RestController
@Profile("demo")
class HastyTransferController {

    private final TransferService transfers;

    HastyTransferController(TransferService transfers) {
        this.transfers = transfers;
    }

    @PostMapping("/demo/hasty-transfer")
    @GlobalTransactional(name = "hasty transfer", timeout = "3s")
    String transfer(@RequestParam BigDecimal amount) {
        return transfers.transfer(TransferController.checked(amount), true);
    }
}
