/** Keeps what MyBatis remembers of rows from outliving a rollback. Loaded only where MyBatis-Spring is there. */
@NullMarked
package io.dtx.spring.mybatis;

import org.jspecify.annotations.NullMarked;
