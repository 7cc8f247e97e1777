package io.dtx.benchmarks.report;

import java.util.List;
import java.util.Locale;

/** One figure of several candidates as horizontal bars, drawn as SVG. */
public final class Bars {

    private static final int WIDTH = 420;
    private static final int BAR = 18;

    private Bars() {}

    /** One of the candidates. */
    public record Bar(String name, double value, String colour) {}

    public static String svg(String title, List<Bar> bars) {
        double greatest = bars.stream().mapToDouble(Bar::value).max().orElse(1);
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg width=\"%d\" height=\"%d\" role=\"img\"><text x=\"0\" y=\"14\" font-weight=\"bold\">%s</text>",
                WIDTH,
                28 + bars.size() * (BAR + 4),
                escaped(title)));
        int y = 24;
        for (Bar bar : bars) {
            double length = greatest == 0 ? 0 : bar.value / greatest * (WIDTH - 140);
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"0\" y=\"%d\">%s</text><rect x=\"70\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>"
                            + "<text x=\"%.1f\" y=\"%d\">%s</text>",
                    y + 14,
                    escaped(bar.name),
                    y,
                    length,
                    BAR,
                    bar.colour,
                    76 + length,
                    y + 14,
                    String.format(Locale.ROOT, bar.value < 1 ? "%.3f" : bar.value < 100 ? "%.2f" : "%.0f", bar.value)));
            y += BAR + 4;
        }
        return svg.append("</svg>").toString();
    }

    public static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
