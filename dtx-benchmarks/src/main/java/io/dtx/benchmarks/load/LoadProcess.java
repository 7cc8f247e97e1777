package io.dtx.benchmarks.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import tools.jackson.databind.json.JsonMapper;

/** The load's main class: an {@link Order} a line in, a {@link Burst} a line out, until standard input ends. */
public final class LoadProcess {

    private LoadProcess() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        JsonMapper json = new JsonMapper();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println(json.writeValueAsString(run(Order.of(line))));
        }
    }

    static Burst run(Order order) throws InterruptedException {
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(order.seconds());
        List<Caller> callers = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < order.connections(); i++) {
            Caller caller = new Caller(order, end);
            callers.add(caller);
            threads.add(new Thread(caller, "caller-" + i));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        long[] nanos = callers.stream()
                .flatMapToLong(caller -> LongStream.of(caller.nanos()))
                .toArray();
        Arrays.sort(nanos);
        return new Burst(
                callers.stream().mapToLong(caller -> caller.done).sum(),
                callers.stream().mapToLong(caller -> caller.failedAsAsked).sum(),
                callers.stream().mapToLong(caller -> caller.otherwise).sum(),
                callers.stream()
                        .map(caller -> caller.example)
                        .filter(text -> !text.isEmpty())
                        .findAny()
                        .orElse(""),
                seconds,
                micros(nanos, 0.5),
                micros(nanos, 0.99),
                micros(nanos, 0.999));
    }

    private static double micros(long[] sorted, double quantile) {
        return sorted.length == 0
                ? 0
                : sorted[(int) Math.min(sorted.length - 1, Math.round(quantile * sorted.length))] / 1e3;
    }
}
