package io.dtx.server.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventLoopTests {

    private final List<Throwable> failures = new ArrayList<>();
    private final EventLoop loop = new EventLoop("test", () -> Long.MAX_VALUE, failures::add);

    @Test
    void anErrorDoesNotEndIt() {
        List<String> ran = new ArrayList<>();
        Error error = new StackOverflowError();
        loop.execute(() -> {
            throw error;
        });
        loop.execute(() -> ran.add("the next"));

        loop.turn();

        assertThat(failures).containsExactly(error);
        assertThat(ran).containsExactly("the next");
    }

    @Test
    void anErrorThatCanNotBeHandledEndsTheProcess() {
        List<String> ended = new ArrayList<>();
        EventLoop helpless = new EventLoop(
                "helpless",
                () -> Long.MAX_VALUE,
                failure -> {
                    throw new OutOfMemoryError("again");
                },
                () -> ended.add("ended"));
        helpless.execute(() -> {
            throw new OutOfMemoryError("first");
        });

        helpless.turn();

        assertThat(ended).containsExactly("ended");
    }
}
