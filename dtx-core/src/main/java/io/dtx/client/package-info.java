/**
 * The only door to the coordinator: one stream with many requests in flight, reconnection and re-attachment. Must
 * not know what a SQL statement or a JDBC connection is.
 */
@NullMarked
package io.dtx.client;

import org.jspecify.annotations.NullMarked;
