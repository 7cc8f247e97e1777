package io.dtx.spring.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;

/**
 * Notes every exception that leaves a Spring MVC handler, before anyone handles it, and resolves none: an exception handler
 * that answers 200 must not hide that the work failed.
 */
public final class HandlerErrorRecorder implements HandlerExceptionResolver, Ordered {

    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    @Override
    public @Nullable ModelAndView resolveException(
            HttpServletRequest request, HttpServletResponse response, @Nullable Object handler, Exception error) {
        if (request.getAttribute(Verdict.HANDLER_ERROR) == null) {
            request.setAttribute(Verdict.HANDLER_ERROR, error);
        }
        return null;
    }
}
