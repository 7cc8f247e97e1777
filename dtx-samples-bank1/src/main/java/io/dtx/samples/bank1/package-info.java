/** The paying bank: it debits its own account and asks the receiving bank to credit the other. */
@NullMarked
package io.dtx.samples.bank1;

import org.jspecify.annotations.NullMarked;
