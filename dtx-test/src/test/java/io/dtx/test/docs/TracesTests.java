package io.dtx.test.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of traces in {@code docs/simulation.md} names all test classes with a method that is named for the trace. */
class TracesTests {

    private static final Path ROOT = Path.of("..");
    private static final Pattern ROW = Pattern.compile("^\\| T(\\d+) \\| ([^|]*) \\|", Pattern.MULTILINE);
    private static final Pattern NAME = Pattern.compile("`(\\w+)`");
    private static final Pattern METHOD = Pattern.compile("void t(\\d+)_");

    @Test
    void theTableNamesTheTestsOfEachTrace() throws IOException {
        Map<Path, String> sources = sources();
        Map<Integer, TreeSet<String>> named = new TreeMap<>();
        Matcher rows = ROW.matcher(Files.readString(ROOT.resolve("docs/simulation.md")));
        while (rows.find()) {
            int trace = Integer.parseInt(rows.group(1));
            TreeSet<String> names = new TreeSet<>();
            NAME.matcher(rows.group(2)).results().forEach(name -> names.add(name.group(1)));
            named.put(trace, names);
        }
        assertThat(named).hasSize(17);

        sources.forEach((path, source) -> METHOD.matcher(source)
                .results()
                .forEach(method -> assertThat(named.get(Integer.parseInt(method.group(1))))
                        .as("tests of T%s", method.group(1))
                        .contains(simpleName(path))));
        named.forEach((trace, names) -> {
            Pattern number = Pattern.compile("\\bT" + trace + "\\b|void t" + trace + "_");
            for (String name : names) {
                assertThat(sources)
                        .as("a test %s that has the number T%s", name, trace)
                        .anySatisfy((path, source) -> {
                            assertThat(simpleName(path)).isEqualTo(name);
                            assertThat(source).containsPattern(number);
                        });
            }
        });
    }

    private static Map<Path, String> sources() throws IOException {
        Map<Path, String> sources = new TreeMap<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path tests : modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(tests)) {
                    for (Path file : files.filter(file -> file.toString().endsWith(".java"))
                            .toList()) {
                        sources.put(file, Files.readString(file));
                    }
                }
            }
        }
        return sources;
    }

    private static String simpleName(Path file) {
        return file.getFileName().toString().replace(".java", "");
    }
}
