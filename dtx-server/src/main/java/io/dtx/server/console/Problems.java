package io.dtx.server.console;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/** Turns what goes wrong in the console into a {@link Problem}. */
@RestControllerAdvice
class Problems {

    private static final Logger log = LoggerFactory.getLogger(Problems.class);

    @ExceptionHandler
    ResponseEntity<Problem> raised(Problem.Raised raised) {
        return ResponseEntity.status(raised.status()).body(raised.problem());
    }

    @ExceptionHandler
    ResponseEntity<Problem> unreadable(HttpMessageNotReadableException unreadable) {
        return answer(
                400,
                "the body is not the JSON that is expected here",
                "send a JSON object such as {\"operator\": \"you\", \"note\": \"why\"} as application/json");
    }

    @ExceptionHandler
    ResponseEntity<Problem> mismatch(MethodArgumentTypeMismatchException mismatch) {
        return answer(
                400,
                "'" + Text.printable(String.valueOf(mismatch.getValue())) + "' can not be the " + mismatch.getName(),
                "it is a whole number; see GET /transactions");
    }

    @ExceptionHandler
    ResponseEntity<Problem> missing(MissingServletRequestParameterException missing) {
        return answer(400, "the parameter " + missing.getParameterName() + " is missing", "add it");
    }

    @ExceptionHandler
    ResponseEntity<Problem> nothingThere(NoResourceFoundException none) {
        return answer(404, "there is nothing here", "use /transactions, /transactions/{xid}, /locks or /resources");
    }

    @ExceptionHandler(org.springframework.web.HttpRequestMethodNotSupportedException.class)
    ResponseEntity<Problem> method() {
        return answer(405, "not by this method", "GET shows, POST orders");
    }

    @ExceptionHandler(org.springframework.web.HttpMediaTypeNotSupportedException.class)
    ResponseEntity<Problem> mediaType() {
        return answer(415, "the body is not JSON", "send it with Content-Type: application/json");
    }

    /** From the health: the console's own answers are JSON without being asked (see {@link JsonOnly}). */
    @ExceptionHandler(org.springframework.web.HttpMediaTypeNotAcceptableException.class)
    ResponseEntity<Problem> notAcceptable() {
        return answer(406, "what there is here is JSON", "send Accept: application/json");
    }

    @ExceptionHandler
    ResponseEntity<Problem> unexpected(Exception unexpected) {
        log.error("A console request failed", unexpected);
        return answer(500, "the request failed unexpectedly", "see the coordinator's log");
    }

    private static ResponseEntity<Problem> answer(int status, String error, String remedy) {
        return ResponseEntity.status(status).body(new Problem(error, remedy));
    }
}
