package io.dtx.samples.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the coordinator tells its operators. */
public record Console(String url, Path dataDirectory) {

    private static final JsonMapper JSON = JsonMapper.shared();

    /** Global transactions that are not over, and the locks that are held, in words. */
    public List<String> unfinished() {
        List<String> found = new ArrayList<>();
        for (JsonNode transaction : ask("/transactions").path("transactions")) {
            found.add("global transaction " + transaction.path("xid").asString() + " is still "
                    + transaction.path("status").asString());
        }
        for (JsonNode lock : ask("/locks").path("locks")) {
            found.add("a row of " + lock.path("table").asString() + " is still locked");
        }
        return found;
    }

    /** Branches that are registered, and so have been granted their locks, in transactions that are not over. */
    public int branches() {
        int branches = 0;
        for (JsonNode transaction : ask("/transactions").path("transactions")) {
            branches += transaction.path("branchCount").asInt();
        }
        return branches;
    }

    private JsonNode ask(String path) {
        try {
            String token =
                    Files.readString(dataDirectory.resolve("operator-token")).trim();
            Answer answer = Http.get(url + path, "Authorization", "Bearer " + token);
            if (!answer.isOk()) {
                throw new DemoFailure("The coordinator's console answers " + answer);
            }
            return JSON.readTree(answer.text());
        } catch (IOException | JacksonException e) {
            throw new DemoFailure("The coordinator's console cannot be asked: " + e, e);
        }
    }
}
