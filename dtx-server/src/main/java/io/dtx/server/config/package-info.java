/** Puts the coordinator together: from settings, without Spring; and as the Spring Boot application that the server is. */
@NullMarked
package io.dtx.server.config;

import org.jspecify.annotations.NullMarked;
