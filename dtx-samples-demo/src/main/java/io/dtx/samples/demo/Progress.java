package io.dtx.samples.demo;

import java.io.PrintStream;
import java.util.Locale;

/** Tells the user what is going on, with the seconds since the start. */
final class Progress {

    private final PrintStream out;
    private final long start = System.nanoTime();

    Progress(PrintStream out) {
        this.out = out;
    }

    void say(String text) {
        out.printf(Locale.ROOT, "[%5.1f s] %s%n", (System.nanoTime() - start) / 1e9, text);
        out.flush();
    }

    void blank(String text) {
        out.println(text);
        out.flush();
    }
}
