package io.dtx.benchmarks.bank;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.openfeign.EnableFeignClients;

/** One bank. Everything that differs between banks and flavours comes as arguments. */
@SpringBootApplication
@EnableFeignClients
public class BankApplication {

    public static void main(String[] arguments) {
        SpringApplication.run(BankApplication.class, arguments);
    }
}
