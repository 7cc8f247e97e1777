/**
 * Spring's blocking HTTP clients: RestTemplate, RestClient, and interface clients built on them.
 */
@NullMarked
package io.dtx.spring.http;

import org.jspecify.annotations.NullMarked;
