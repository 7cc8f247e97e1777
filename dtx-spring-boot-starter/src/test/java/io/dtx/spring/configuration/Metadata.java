package io.dtx.spring.configuration;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.json.JsonParserFactory;

/**
 * What the jars on the class path say of the properties of dtx.
 *
 * @param properties in alphabetical order
 */
record Metadata(List<Property> properties) {

    private static final String RESOURCE = "META-INF/spring-configuration-metadata.json";

    /** @param examples values to choose from or to learn from, as {@code value} or {@code value (what it means)} */
    record Property(
            String name,
            String type,
            String description,
            @Nullable Object defaultValue,
            List<Example> examples) {}

    record Example(String value, @Nullable String description) {}

    static Metadata ofDtx() {
        try {
            List<Property> properties = new ArrayList<>();
            for (URL url : Collections.list(Metadata.class.getClassLoader().getResources(RESOURCE))) {
                read(url, properties);
            }
            properties.sort(Comparator.comparing(Property::name));
            return new Metadata(properties);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void read(URL url, List<Property> properties) throws IOException {
        try (InputStream in = url.openStream()) {
            Map<String, Object> json =
                    JsonParserFactory.getJsonParser().parseMap(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            List<Map<String, Object>> hints = list(json, "hints");
            for (Map<String, Object> property : list(json, "properties")) {
                String name = String.valueOf(property.get("name"));
                if (name.startsWith("dtx.")) {
                    properties.add(new Property(
                            name,
                            String.valueOf(property.get("type")),
                            String.valueOf(property.getOrDefault("description", "")),
                            property.get("defaultValue"),
                            examples(name, hints)));
                }
            }
        }
    }

    private static List<Example> examples(String name, List<Map<String, Object>> hints) {
        return hints.stream()
                .filter(hint -> name.equals(hint.get("name")))
                .flatMap(hint -> list(hint, "values").stream())
                .map(value -> new Example(String.valueOf(value.get("value")), (String) value.get("description")))
                .toList();
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> list(Map<String, Object> json, String key) {
        return (List<Map<String, Object>>) json.getOrDefault(key, List.of());
    }
}
