package io.dtx.model;

import java.util.UUID;

/**
 * One execution of a call between services. Whatever delivers a call twice (an HTTP client, a load balancer, a proxy) makes
 * two executions of it, by the same process or by two.
 *
 * @param call minted by the caller, new for every call that it makes
 * @param id minted by the called service, new for every request that it is given
 */
public record Execution(UUID call, UUID id) {

    /** How deep calls may be nested: a call's executions name all calls that led to it. */
    public static final int MAX_DEPTH = 16;
}
