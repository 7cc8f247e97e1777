package io.dtx.server.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventLoopTests {

    private final List<Throwable> failures = new ArrayList<>();
    private final EventLoop loop = new EventLoop("test", () -> Long.MAX_VALUE, () -> false, failures::add);

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
                () -> false,
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

    @Test
    void anEventThatNeedNotBeAtOnceWaitsForAnUrgentOne() throws InterruptedException {
        List<String> ran = new CopyOnWriteArrayList<>();
        CountDownLatch done = new CountDownLatch(2);
        EventLoop dozing = new EventLoop("dozing", () -> 60_000, () -> true, failures::add);
        dozing.executeSoon(() -> {
            ran.add("soon");
            done.countDown();
        });
        dozing.execute(() -> {
            ran.add("urgent");
            done.countDown();
        });
        dozing.start();

        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(ran).containsExactly("soon", "urgent");
        dozing.close();
    }

    @Test
    void anEventThatNeedNotBeAtOnceComesSoonWhateverHappens() throws InterruptedException {
        EventLoop dozing = new EventLoop("dozing", () -> 60_000, () -> true, failures::add);
        dozing.start();
        for (int i = 0; i < 20; i++) {
            CountDownLatch done = new CountDownLatch(1);
            dozing.executeSoon(done::countDown);

            assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        }
        dozing.close();
    }

    @Test
    void whatCameBeforeTheEndIsDone() {
        for (int i = 0; i < 200; i++) {
            EventLoop ending = new EventLoop("ending", () -> 60_000, () -> false, failures::add);
            ending.start();
            AtomicInteger done = new AtomicInteger();
            ending.execute(done::incrementAndGet);
            ending.executeSoon(done::incrementAndGet);
            ending.close();

            assertThat(done).hasValue(2);
        }
    }

    /** The event of its end is taken in the turn that closes it, so that the mailbox is empty when the thread would rest. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLoopThatIsClosedWhileItWorksEndsAtOnce(boolean awaiting) {
        EventLoop ending = new EventLoop("ending", () -> 60_000, () -> awaiting, failures::add);
        ending.start();
        ending.execute(ending::close);

        await().atMost(5, TimeUnit.SECONDS).until(ending::ended);
    }

    /** Four threads bring events of both kinds, and each waits for its own before the next: one that is lost hangs it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noEventIsOverlooked(boolean awaiting) throws InterruptedException {
        EventLoop tired = new EventLoop("tired", () -> 60_000, () -> awaiting, failures::add);
        tired.start();
        List<Thread> threads = new ArrayList<>();
        AtomicInteger handled = new AtomicInteger();
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> {
                for (int event = 0; event < 5_000; event++) {
                    CompletableFuture<Void> done = new CompletableFuture<>();
                    if (event % 100 == 0) {
                        tired.executeSoon(() -> done.complete(null));
                    } else {
                        tired.execute(() -> done.complete(null));
                    }
                    done.orTimeout(30, TimeUnit.SECONDS).join();
                    handled.incrementAndGet();
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        tired.close();

        assertThat(handled).hasValue(20_000);
        assertThat(failures).isEmpty();
    }
}
