/**
 * Generated tests of what "captured exactly" means: random schemas, rows and statements, run through dtx and, on a twin of the
 * tables, without it. Knows dtx as an application does, through JDBC; nothing here looks at undo records.
 */
@NullMarked
package io.dtx.test.equivalence;

import org.jspecify.annotations.NullMarked;
