package io.dtx.samples.torture;

import java.io.IOException;

/** Signals that Java does not send by itself. */
final class Signals {

    private Signals() {}

    /** @param signal STOP or CONT */
    static void send(String signal, long process) throws IOException, InterruptedException {
        int exit = new ProcessBuilder("kill", "-" + signal, Long.toString(process))
                .inheritIO()
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IOException("kill -" + signal + " " + process + " ended with " + exit);
        }
    }
}
