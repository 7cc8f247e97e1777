/**
 * What every HTTP client does around one call: which hosts may see the XID, and what a missing answer means. Must not know
 * a particular client.
 */
@NullMarked
package io.dtx.spring.propagation;

import org.jspecify.annotations.NullMarked;
