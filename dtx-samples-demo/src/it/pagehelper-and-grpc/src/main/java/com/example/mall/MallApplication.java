package com.example.mall;

import com.github.pagehelper.PageInterceptor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

@SpringBootApplication
public class MallApplication {

    public static void main(String[] arguments) {
        SpringApplication.run(MallApplication.class, arguments);
    }

    @Bean
    PageInterceptor pages() {
        return new PageInterceptor();
    }
}
