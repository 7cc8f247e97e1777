package io.dtx.benchmarks.load;

/**
 * What came of an {@link Order}.
 *
 * @param done answered as done
 * @param failedAsAsked answered with 409, as the order wanted
 * @param otherwise answered with anything else; never counted as throughput
 * @param example one of the other answers, or empty
 * @param seconds from the first request to the last answer
 * @param p50 of all answers counted, in microseconds; so are the others
 */
public record Burst(
        long done,
        long failedAsAsked,
        long otherwise,
        String example,
        double seconds,
        double p50,
        double p99,
        double p999) {

    public double perSecond() {
        return (done + failedAsAsked) / seconds;
    }

    public long counted() {
        return done + failedAsAsked;
    }
}
