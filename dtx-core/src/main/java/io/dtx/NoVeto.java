package io.dtx;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On a method that handles requests, or its class: an error in which it ends does not by itself roll back the global transaction
 * that the request brought. Its caller, who gets the error as the answer, decides alone: if it swallows it and commits, what
 * this method committed before the error stays. For work without which the rest is still right.
 *
 * <p>What dtx can not see the end of rolls back all the same: a local transaction left open or not committed, a call without an
 * answer, work left on another thread, a joined {@link GlobalTransactional} method that failed.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface NoVeto {}
