/** Tasks that Spring's executors are handed run in the global transaction of the thread that hands them over. */
@NullMarked
package io.dtx.spring.task;

import org.jspecify.annotations.NullMarked;
