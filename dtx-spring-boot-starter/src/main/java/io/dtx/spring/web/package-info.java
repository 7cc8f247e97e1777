/**
 * The servlet side: takes the XID from a request, binds it for the request only, and vetoes when the request ends in an
 * error.
 */
@NullMarked
package io.dtx.spring.web;

import org.jspecify.annotations.NullMarked;
