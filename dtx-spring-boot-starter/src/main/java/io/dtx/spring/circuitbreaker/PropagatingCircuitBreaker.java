package io.dtx.spring.circuitbreaker;

import io.dtx.context.CurrentTransaction;
import io.dtx.context.Participation;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.circuitbreaker.CircuitBreaker;

/** Runs the call and its fallback in the caller's global transaction, on whatever thread. */
final class PropagatingCircuitBreaker implements CircuitBreaker {

    private final CircuitBreaker delegate;

    PropagatingCircuitBreaker(CircuitBreaker delegate) {
        this.delegate = delegate;
    }

    @Override
    public <T> T run(Supplier<T> toRun) {
        Participation participation = CurrentTransaction.get();
        if (participation == null) {
            return delegate.run(toRun);
        }
        GuardedCall<T> call = new GuardedCall<>(participation, toRun);
        try {
            return delegate.run(call);
        } finally {
            call.controlReturns();
        }
    }

    @Override
    public <T> T run(Supplier<T> toRun, Function<@Nullable Throwable, T> fallback) {
        Participation participation = CurrentTransaction.get();
        if (participation == null) {
            return delegate.run(toRun, fallback);
        }
        GuardedCall<T> call = new GuardedCall<>(participation, toRun);
        try {
            return delegate.run(call, error -> {
                call.controlReturns();
                CurrentTransaction.Scope scope = CurrentTransaction.bind(participation);
                try {
                    return fallback.apply(error);
                } finally {
                    scope.close();
                }
            });
        } finally {
            call.controlReturns();
        }
    }
}
