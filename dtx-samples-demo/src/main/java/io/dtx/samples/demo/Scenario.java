package io.dtx.samples.demo;

import java.math.BigDecimal;
import java.util.function.Function;

/**
 * One transfer and what must become of it.
 *
 * @param reason what the answer must mention
 * @param play does it, and returns what the caller of bank1 was answered
 */
record Scenario(
        int number,
        String title,
        String done,
        BigDecimal amount,
        Verdict.Expectation expectation,
        String reason,
        Function<Stage, Answer> play) {}
