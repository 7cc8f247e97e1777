package io.dtx.benchmarks.load;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/** One caller: transfer after transfer until the burst ends. Read its fields only after its thread has ended. */
final class Caller implements Runnable {

    private final Order order;
    private final long end;
    private long[] nanos = new long[1024];
    private int count;
    long done;
    long failedAsAsked;
    long otherwise;
    String example = "";

    Caller(Order order, long end) {
        this.order = order;
        this.end = end;
    }

    @Override
    public void run() {
        while (System.nanoTime() < end) {
            try (HttpConnection bank1 = new HttpConnection(order.port())) {
                while (System.nanoTime() < end && !bank1.ends()) {
                    transfer(bank1);
                }
            } catch (IOException e) {
                otherwise++;
                example = e.toString();
                if (otherwise > 1000) {
                    return;
                }
            }
        }
    }

    private void transfer(HttpConnection bank1) throws IOException {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        boolean fail = random.nextInt(100) < order.failingPercent();
        String path = "/transfer?from=" + (1 + random.nextInt(order.accounts())) + "&to="
                + (1 + random.nextInt(order.accounts())) + "&amount=1" + (fail ? "&fail=true" : "");
        long begin = System.nanoTime();
        int status = bank1.post(path);
        long took = System.nanoTime() - begin;
        if (status == 200 && !fail) {
            done++;
        } else if (status == 409 && fail) {
            failedAsAsked++;
        } else {
            otherwise++;
            example = status + " "
                    + bank1.body().substring(0, Math.min(200, bank1.body().length()));
            return;
        }
        if (count == nanos.length) {
            nanos = Arrays.copyOf(nanos, count * 2);
        }
        nanos[count++] = took;
    }

    long[] nanos() {
        return Arrays.copyOf(nanos, count);
    }
}
