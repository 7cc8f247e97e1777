/** The receiving bank: it credits its own account in an ordinary local transaction and knows nothing of global ones. */
@NullMarked
package io.dtx.samples.bank2;

import org.jspecify.annotations.NullMarked;
