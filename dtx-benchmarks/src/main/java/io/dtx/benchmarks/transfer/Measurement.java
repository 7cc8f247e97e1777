package io.dtx.benchmarks.transfer;

import io.dtx.benchmarks.load.Burst;
import java.util.Map;

/**
 * One burst of one flavour in one cell.
 *
 * @param cpuMillis processor time per transfer, by process
 * @param statements what the database server counted per transfer, its own housekeeping and that of the coordinator
 *     included; 0 where it does not count
 * @param consistent whether both banks' money added up afterwards, once nothing was unfinished
 */
record Measurement(
        String database,
        String cell,
        String flavour,
        int round,
        Burst burst,
        Map<String, Double> cpuMillis,
        double statements,
        boolean consistent) {}
