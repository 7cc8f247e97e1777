package io.dtx.samples.bank2.demo;

import org.springframework.context.annotation.Profile;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Profile("demo")
class HoldController {

    private final Hold hold;

    HoldController(Hold hold) {
        this.hold = hold;
    }

    @GetMapping("/demo/hold")
    Hold.State state() {
        return hold.state();
    }

    @PostMapping("/demo/hold")
    void arm(@RequestParam Hold.Point at) {
        hold.arm(at);
    }

    @PostMapping("/demo/release")
    void release() {
        hold.release();
    }
}
