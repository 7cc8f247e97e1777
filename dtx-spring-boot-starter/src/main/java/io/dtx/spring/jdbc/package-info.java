/**
 * Puts the resource manager between the application and its data sources, whose beans keep their class.
 */
@NullMarked
package io.dtx.spring.jdbc;

import org.jspecify.annotations.NullMarked;
