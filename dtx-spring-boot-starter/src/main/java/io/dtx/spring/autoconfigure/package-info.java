/**
 * Wires dtx into a Spring Boot application: properties, conditions and beans. Holds no behaviour of its own.
 */
@NullMarked
package io.dtx.spring.autoconfigure;

import org.jspecify.annotations.NullMarked;
