/** Keeps what JPA remembers of rows from outliving a rollback. Loaded only where Spring ORM is there. */
@NullMarked
package io.dtx.spring.jpa;

import org.jspecify.annotations.NullMarked;
