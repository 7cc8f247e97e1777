package io.dtx.benchmarks.load;

import java.util.Locale;

/**
 * One burst of load.
 *
 * @param port where bank1 listens on the loopback address
 * @param connections callers, each with a connection of its own that it keeps
 * @param seconds how long
 * @param accounts how many accounts each bank has for it; each transfer takes two at random
 * @param failingPercent how many of a hundred transfers are to fail after both banks have written
 */
public record Order(int port, int connections, int seconds, int accounts, int failingPercent) {

    String line() {
        return String.format(Locale.ROOT, "%d %d %d %d %d", port, connections, seconds, accounts, failingPercent);
    }

    static Order of(String line) {
        String[] words = line.strip().split(" ");
        if (words.length != 5) {
            throw new IllegalArgumentException("five numbers are an order, not: " + line);
        }
        return new Order(
                Integer.parseInt(words[0]),
                Integer.parseInt(words[1]),
                Integer.parseInt(words[2]),
                Integer.parseInt(words[3]),
                Integer.parseInt(words[4]));
    }
}
