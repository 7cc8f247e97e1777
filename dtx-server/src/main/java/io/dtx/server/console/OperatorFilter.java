package io.dtx.server.console;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/** Lets only operators in, except to the health. */
public final class OperatorFilter extends OncePerRequestFilter {

    private static final Logger log = LoggerFactory.getLogger(OperatorFilter.class);
    private static final String BODY = """
            {"error":"the operators' token is missing or wrong",\
            "remedy":"send the header Authorization: Bearer <token>; %s"}""";

    private final Predicate<String> authorized;
    private final String body;

    /**
     * @param authorized whether the value of an Authorization header carries the token
     * @param where where an operator finds the token, not the token
     */
    public OperatorFilter(Predicate<String> authorized, String where) {
        this.authorized = authorized;
        this.body = BODY.formatted(where.replace("\\", "\\\\").replace("\"", "\\\""));
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        // The container's own view of the path: decoded and without parameters, so that no spelling slips through.
        return "/actuator/health".equals(request.getServletPath()) && request.getPathInfo() == null;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (authorization != null && authorized.test(authorization)) {
            chain.doFilter(request, response);
            return;
        }
        if (authorization != null) {
            log.warn("Refused an HTTP request from {}: a wrong operators' token", request.getRemoteAddr());
        }
        response.setStatus(HttpServletResponse.SC_UNAUTHORIZED);
        response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        response.setContentType("application/json");
        response.setCharacterEncoding("UTF-8");
        response.getWriter().write(body);
    }
}
