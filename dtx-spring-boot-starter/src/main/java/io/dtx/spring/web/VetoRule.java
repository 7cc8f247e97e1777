package io.dtx.spring.web;

import io.dtx.NoVeto;
import jakarta.servlet.http.HttpServletRequest;
import java.util.function.Predicate;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.web.method.HandlerMethod;

/** Whether an error in which a request ends is a veto: unless that is switched off, or its handler is marked {@link NoVeto}. */
public final class VetoRule implements Predicate<HttpServletRequest> {

    /** HandlerMapping.BEST_MATCHING_HANDLER_ATTRIBUTE, of a class that need not be there. */
    private static final String HANDLER = "org.springframework.web.servlet.HandlerMapping.bestMatchingHandler";

    private final boolean errorsVeto;

    public VetoRule(boolean errorsVeto) {
        this.errorsVeto = errorsVeto;
    }

    @Override
    public boolean test(HttpServletRequest request) {
        return errorsVeto && !(request.getAttribute(HANDLER) instanceof HandlerMethod handler && isMarked(handler));
    }

    private static boolean isMarked(HandlerMethod handler) {
        return AnnotatedElementUtils.hasAnnotation(handler.getMethod(), NoVeto.class)
                || AnnotatedElementUtils.hasAnnotation(handler.getBeanType(), NoVeto.class);
    }
}
