/**
 * Runs the transfer demo: starts a database, the coordinator and the two banks as processes of their own, lets transfers
 * go well and wrong, and judges by the balances in the databases. It knows nothing of how dtx works.
 */
@NullMarked
package io.dtx.samples.demo;

import org.jspecify.annotations.NullMarked;
