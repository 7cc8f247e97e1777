package io.dtx.benchmarks.growth;

import java.util.Map;

/**
 * What was measured once.
 *
 * @param part the group of figures it belongs to, which all have the same values
 * @param subject what was done, and on what
 * @param size how many rows, statements or waiters
 * @param values by name and unit
 */
record Figure(String part, String subject, long size, Map<String, Double> values) {}
