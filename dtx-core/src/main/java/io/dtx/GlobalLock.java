package io.dtx;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a method outside of any global transaction respect the global locks of others: rows that it writes, or reads with
 * {@code SELECT .. FOR UPDATE}, through a dtx data source are written or handed out only once no global transaction holds
 * them. Nothing is registered and nothing is undone: the method's local transaction is an ordinary one.
 *
 * <p>Use it where code that takes no part in global transactions shares rows with code that does; without it, such code reads
 * uncommitted work and its writes make a later rollback stall. Inside a global transaction it adds nothing.
 *
 * <p>A lock that stays held until {@code dtx.lock.wait} ends raises a {@link java.sql.SQLException} with SQLState 40001.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface GlobalLock {}
