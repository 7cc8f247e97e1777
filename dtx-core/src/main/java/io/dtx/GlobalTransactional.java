package io.dtx;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Runs a method in a global transaction: every local transaction that it, or a service it calls, makes on a dtx data source
 * either stays, or all are undone.
 *
 * <p>The method that begins the transaction decides it: it commits when the method returns, and rolls back when it throws
 * (see {@link #rollbackFor()}). A method that joins a caller's transaction and throws turns it to rolling back.
 *
 * <p>An exception that does not roll back commits all or nothing: if a local transaction that had written was rolled back, or
 * could not commit, since the transaction began, all of it is rolled back, and the caller gets a
 * {@link io.dtx.error.RolledBackException} in which the exception is suppressed.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface GlobalTransactional {

    /** A name for people; by default {@code SimpleClassName.method}. */
    String name() default "";

    /**
     * How long the transaction may stay undecided before the coordinator rolls it back: a duration as Spring Boot reads it
     * ({@code 30s}, {@code PT1M}), with its unit: a bare number stops the start. By default {@code dtx.transaction.timeout}. Ignored
     * where the method joins.
     */
    String timeout() default "";

    Propagation propagation() default Propagation.REQUIRED;

    /**
     * Exceptions that roll back besides the unchecked ones, {@link java.sql.SQLException} and {@link InterruptedException}; as
     * for Spring's {@code @Transactional}, subclasses count. One that only hands on another ({@code ExecutionException},
     * {@code CompletionException}, {@code InvocationTargetException}, {@code UndeclaredThrowableException}) is judged by its
     * cause, unless it is named itself. All checked ones roll back where Spring's
     * {@code @EnableTransactionManagement(rollbackOn = ALL_EXCEPTIONS)} says so for local transactions.
     */
    Class<? extends Throwable>[] rollbackFor() default {};

    /** Exceptions that do not roll back; the rule nearest to the exception's own class wins. */
    Class<? extends Throwable>[] noRollbackFor() default {};
}
