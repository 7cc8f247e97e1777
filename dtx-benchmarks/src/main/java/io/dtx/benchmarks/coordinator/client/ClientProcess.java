package io.dtx.benchmarks.coordinator.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

/**
 * The client's main class: an order a line in, an answer a line out, until standard input ends. The arguments: the class of
 * its {@link Transactions}, the coordinator's address, this process's number among its like.
 *
 * <pre>
 * run CALLERS SECONDS        -> a {@link Burst}
 * hold TRANSACTIONS LOCKS    -> "held", once so many undecided transactions with so many locks each are there
 * released                   -> how many branches were released since the start
 * </pre>
 */
public final class ClientProcess {

    private static final int HOLDERS = 64;

    private final Transactions transactions;
    /** Of the next transaction, never used twice, nor by another process. */
    private final AtomicLong next;

    private ClientProcess(Transactions transactions, long first) {
        this.transactions = transactions;
        this.next = new AtomicLong(first);
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = System.out;
        System.setOut(System.err); // for whatever logs there
        int number = Integer.parseInt(arguments[2]);
        Transactions transactions = Class.forName(arguments[0])
                .asSubclass(Transactions.class)
                .getConstructor(String.class, int.class)
                .newInstance(arguments[1], number);
        ClientProcess process = new ClientProcess(transactions, number * 1_000_000_000_000L);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            answers.println(process.answer(line.strip().split(" ")));
            answers.flush();
        }
        System.exit(0); // clients leave threads behind that are no daemons
    }

    private String answer(String[] order) throws Exception {
        return switch (order[0]) {
            case "run" ->
                run(Integer.parseInt(order[1]), Integer.parseInt(order[2])).line();
            case "hold" -> {
                hold(Integer.parseInt(order[1]), Integer.parseInt(order[2]));
                yield "held";
            }
            case "released" -> String.valueOf(transactions.released());
            default -> throw new IOException("not an order: " + String.join(" ", order));
        };
    }

    /** On many threads: one alone would wait a hundred thousand times. */
    private void hold(int count, int locks) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(HOLDERS);
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long number = next.getAndIncrement();
            all.add(threads.submit(() -> {
                transactions.hold(number, locks);
                return null;
            }));
        }
        for (Future<?> each : all) {
            each.get();
        }
        threads.shutdown();
    }

    private Burst run(int callers, int seconds) throws InterruptedException {
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(seconds);
        List<Caller> all = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            Caller caller = new Caller(end);
            all.add(caller);
            caller.start();
        }
        for (Caller caller : all) {
            caller.join();
        }
        return Burst.of(
                all.stream()
                        .flatMapToLong(caller -> LongStream.of(caller.nanos()))
                        .toArray(),
                all.stream().mapToLong(caller -> caller.failed).sum(),
                (System.nanoTime() - begin) / 1e9,
                all.stream()
                        .map(caller -> caller.example)
                        .filter(text -> !text.isEmpty())
                        .findAny()
                        .orElse(""));
    }

    /** One thread that makes a transaction after another. */
    private final class Caller extends Thread {

        private final long end;
        private long[] nanos = new long[4096];
        private int done;
        private long failed;
        private String example = "";

        Caller(long end) {
            this.end = end;
        }

        @Override
        public void run() {
            for (long begin = System.nanoTime(); begin < end; begin = System.nanoTime()) {
                try {
                    transactions.run(next.getAndIncrement());
                    if (done == nanos.length) {
                        nanos = Arrays.copyOf(nanos, 2 * done);
                    }
                    nanos[done++] = System.nanoTime() - begin;
                } catch (Exception e) {
                    failed++;
                    example = String.valueOf(e);
                }
            }
        }

        long[] nanos() {
            return Arrays.copyOf(nanos, done);
        }
    }
}
