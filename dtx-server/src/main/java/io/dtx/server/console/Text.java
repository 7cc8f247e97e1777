package io.dtx.server.console;

/** Text from outside, made safe to show. */
final class Text {

    private static final int SHOWN = 200;

    private Text() {}

    /** Short, in one line, without control characters. */
    static String printable(String text) {
        String line = text.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "...";
    }
}
