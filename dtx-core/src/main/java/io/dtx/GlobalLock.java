package io.dtx;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes the local transactions of a method that runs outside of global transactions respect the rows that global
 * transactions have written and not decided yet: {@code SELECT .. FOR UPDATE} hands out rows, and a local transaction that
 * wrote commits, only once no global transaction holds them. Waits up to {@code dtx.lock.wait}, then fails with SQLState 40001
 * and the holder's name: roll back and try again.
 *
 * <p>Nothing is undone later, no undo log is written: these stay local transactions. Statements whose rows can not be told are
 * refused, as inside a global transaction. To be put on the method that begins the local transaction, or around it; what was
 * written before the method was entered is not looked at. Inside a global transaction it changes nothing, since there the same
 * holds already. It does not reach other threads.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface GlobalLock {}
