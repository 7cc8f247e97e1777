/**
 * Statement text and dialect in, a sealed description out: what a statement reads and writes, or why it is refused. The
 * SQL parser is hidden here. Must not know JDBC, transactions or images.
 */
@NullMarked
package io.dtx.sql;

import org.jspecify.annotations.NullMarked;
