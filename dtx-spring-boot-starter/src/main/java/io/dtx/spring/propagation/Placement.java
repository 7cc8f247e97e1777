package io.dtx.spring.propagation;

import java.util.List;

/**
 * Where dtx stands among a client's interceptors: last, so that every attempt of a retrying one passes it; but before a load
 * balancer, which replaces the service's name, by which it is trusted, with the address of some instance. What a load balancer
 * repeats has one {@link io.dtx.context.TransactionHeaders#CALL}, by which the coordinator knows it.
 */
public final class Placement {

    private static final String LOAD_BALANCERS = "org.springframework.cloud.client.loadbalancer.";

    private Placement() {}

    public static <T> void add(List<T> chain, T ours) {
        int place = 0;
        while (place < chain.size() && !chain.get(place).getClass().getName().startsWith(LOAD_BALANCERS)) {
            place++;
        }
        chain.add(place, ours);
    }
}
