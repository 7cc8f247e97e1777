package io.dtx.samples.bank2.demo;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

@Component
@Profile("demo")
class HoldBeforeUpdate implements HandlerInterceptor, WebMvcConfigurer {

    private final Hold hold;

    HoldBeforeUpdate(Hold hold) {
        this.hold = hold;
    }

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(this).addPathPatterns("/transfer");
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        hold.at(Hold.Point.BEFORE_UPDATE);
        return true;
    }
}
