package io.dtx.server.console;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.Principal;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Lets in who carries a token: that of readers to look, that of operators to order, too. The health is open; it tells details
 * only to who carries one of them, whom Spring Boot knows by the request's principal.
 */
public final class OperatorFilter extends OncePerRequestFilter {

    private static final String UNKNOWN = """
            {"error":"the operators' token is missing or wrong",\
            "remedy":"send the header Authorization: Bearer <token>; %s"}""";
    private static final String READER = """
            {"error":"this token may look, and not order",\
            "remedy":"send the operators' token; %s"}""";

    /** What a token lets its bearer do. */
    private enum Role implements Principal {
        READ,
        OPERATE;

        @Override
        public String getName() {
            return name();
        }
    }

    private final Predicate<String> operates;
    private final Predicate<String> reads;
    private final BiConsumer<SocketAddress, String> refusals;
    private final String unknown;
    private final String reader;

    /**
     * @param operates whether the value of an Authorization header carries the operators' token
     * @param reads whether it carries the readers'
     * @param where where an operator finds the token, not the token
     * @param refusals is told who was turned away, and why, each time
     */
    public OperatorFilter(
            Predicate<String> operates,
            Predicate<String> reads,
            String where,
            BiConsumer<SocketAddress, String> refusals) {
        this.operates = operates;
        this.reads = reads;
        this.refusals = refusals;
        String escaped = where.replace("\\", "\\\\").replace("\"", "\\\"");
        this.unknown = UNKNOWN.formatted(escaped);
        this.reader = READER.formatted(escaped);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        Role role = role(authorization);
        if (role == null && authorization == null && isHealth(request)) {
            chain.doFilter(request, response);
        } else if (role == null) {
            if (authorization != null) {
                refusals.accept(from(request), "it came with a wrong operators' token");
            }
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
            refuse(response, HttpServletResponse.SC_UNAUTHORIZED, unknown);
        } else if (role == Role.READ && !isLook(request)) {
            refusals.accept(from(request), "it is an order, and came with the readers' token");
            refuse(response, HttpServletResponse.SC_FORBIDDEN, reader);
        } else {
            chain.doFilter(new Known(request, role), response);
        }
    }

    private static SocketAddress from(HttpServletRequest request) {
        return InetSocketAddress.createUnresolved(request.getRemoteAddr(), request.getRemotePort());
    }

    private @Nullable Role role(@Nullable String authorization) {
        if (authorization == null) {
            return null;
        }
        return operates.test(authorization) ? Role.OPERATE : reads.test(authorization) ? Role.READ : null;
    }

    /** By the container's own view of the path: decoded and without parameters, so that no spelling slips through. */
    private static boolean isHealth(HttpServletRequest request) {
        return "/actuator/health".equals(request.getServletPath()) && request.getPathInfo() == null;
    }

    private static boolean isLook(HttpServletRequest request) {
        return "GET".equals(request.getMethod()) || "HEAD".equals(request.getMethod());
    }

    private static void refuse(HttpServletResponse response, int status, String body) throws IOException {
        response.setStatus(status);
        response.setContentType("application/json");
        response.setCharacterEncoding("UTF-8");
        response.getWriter().write(body);
    }

    private static final class Known extends HttpServletRequestWrapper {

        private final Role role;

        Known(HttpServletRequest request, Role role) {
            super(request);
            this.role = role;
        }

        @Override
        public Principal getUserPrincipal() {
            return role;
        }
    }
}
