package io.dtx.samples.bank2;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

@SpringBootApplication
class Bank2Application {

    public static void main(String[] arguments) {
        SpringApplication.run(Bank2Application.class, arguments);
    }
}
