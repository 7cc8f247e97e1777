package io.dtx.samples.demo;

import java.util.ArrayList;
import java.util.List;

/** A table in plain characters whose cells wrap, so that it fits a terminal of 120 columns. */
final class Table {

    private final List<String> titles;
    private final int[] widths;
    private final List<List<String>> rows = new ArrayList<>();

    /**
     * @param titles one for each column
     * @param widths of the columns, in characters
     */
    Table(List<String> titles, int... widths) {
        if (titles.size() != widths.length) {
            throw new IllegalArgumentException(titles.size() + " titles for " + widths.length + " columns");
        }
        this.titles = List.copyOf(titles);
        this.widths = widths.clone();
    }

    /** A line break in a cell stays one. */
    void row(String... cells) {
        if (cells.length != widths.length) {
            throw new IllegalArgumentException(cells.length + " cells for " + widths.length + " columns");
        }
        rows.add(List.of(cells));
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        rule(text);
        print(text, titles);
        rule(text);
        for (List<String> row : rows) {
            print(text, row);
            rule(text);
        }
        return text.toString();
    }

    private void rule(StringBuilder text) {
        for (int width : widths) {
            text.append('+').append("-".repeat(width + 2));
        }
        text.append("+\n");
    }

    private void print(StringBuilder text, List<String> cells) {
        List<List<String>> wrapped = new ArrayList<>();
        int height = 1;
        for (int column = 0; column < widths.length; column++) {
            List<String> lines = wrap(cells.get(column), widths[column]);
            wrapped.add(lines);
            height = Math.max(height, lines.size());
        }
        for (int line = 0; line < height; line++) {
            for (int column = 0; column < widths.length; column++) {
                List<String> lines = wrapped.get(column);
                String part = line < lines.size() ? lines.get(line) : "";
                text.append("| ").append(part).append(" ".repeat(widths[column] - part.length() + 1));
            }
            text.append("|\n");
        }
    }

    /** Breaks at spaces; a word that is longer than the column is cut. */
    private static List<String> wrap(String cell, int width) {
        List<String> lines = new ArrayList<>();
        for (String paragraph : cell.split("\n", -1)) {
            String rest = paragraph;
            while (rest.length() > width) {
                int space = rest.lastIndexOf(' ', width);
                int end = space > 0 ? space : width;
                lines.add(rest.substring(0, end));
                rest = rest.substring(end).stripLeading();
            }
            lines.add(rest);
        }
        return lines;
    }
}
