package io.dtx.samples.demo;

import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a caller got.
 *
 * @param status the HTTP status, 0 if there was no answer
 * @param text the body, or the message in it where the body is one of Spring's error objects
 */
record Answer(int status, String text) {

    private static final Pattern ADVICE = Pattern.compile("\\. (Nothing of it stays|It is being undone)");
    private static final Pattern XID = Pattern.compile(" [0-9A-Za-z]{8}-[0-9A-Z]{26}");
    private static final JsonMapper JSON = JsonMapper.shared();

    static Answer of(int status, String body) {
        return new Answer(status, status >= 400 ? message(body) : body);
    }

    static Answer none(Throwable failure) {
        Throwable reason = failure.getCause() == null ? failure : failure.getCause();
        return new Answer(0, "no answer: " + reason);
    }

    boolean isOk() {
        return status == 200;
    }

    /** Without the XID, and only up to the advice at its end: enough for a table. */
    String brief() {
        String brief = XID.matcher(toString()).replaceAll("");
        var advice = ADVICE.matcher(brief);
        return advice.find() ? brief.substring(0, advice.start()) : brief;
    }

    private static String message(String body) {
        try {
            JsonNode message = JSON.readTree(body).path("message");
            return message.isString() ? message.stringValue() : body;
        } catch (JacksonException e) {
            return body;
        }
    }

    @Override
    public String toString() {
        return status == 0 ? text : status + " " + text;
    }
}
