package io.dtx.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.dtx.client.ClientSettings;
import io.dtx.client.CoordinatorClient;
import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Outcome;
import io.dtx.model.TransactionStatus;
import io.dtx.model.Xid;
import io.dtx.protocol.Request.RestoreReport.Result;
import io.dtx.server.StablePort;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The disk of a coordinator fails while it serves: it ends and says why, and has lost nothing that it answered. */
@EnabledOnOs(OS.LINUX)
class DiskIT {

    private static final int THREADS = 4;
    private static final int ENOUGH = 100;
    private static final int MEGABYTES = 12;
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    private Path home;

    private final int port = StablePort.next();
    private final Queue<Xid> committed = new ConcurrentLinkedQueue<>();

    @Test
    @DisplayName("I2: a disk that can not be written any more ends the service, and nothing that was answered is lost")
    void i2_aDiskThatBecomesReadOnly() throws Exception {
        BrokenDisk disk = BrokenDisk.in(home);
        List<String> program = disk.on(ServerProgram.unpacked());
        failing(program, disk.directory(), () -> disk.make("read-only"), "Read-only file system");

        // As long as it is so, the start fails, and says the same.
        try (ServerProcess again = ServerProcess.start(program, disk.directory().resolve("data"), port)) {
            assertThat(again.awaitExit()).isNotZero();
            assertThat(again.text()).contains("Read-only file system", "data").doesNotContain("\tat ");
        }

        disk.mend("read-only");
        everythingIsThere(program, disk.directory());
    }

    @Test
    @DisplayName(
            "I2: a disk that does not confirm what was written ends the service, and nothing that was answered is lost")
    void i2_aDiskThatDoesNotConfirm() throws Exception {
        BrokenDisk disk = BrokenDisk.in(home);
        List<String> program = disk.on(ServerProgram.unpacked());
        failing(program, disk.directory(), () -> disk.make("fsync"), "Input/output error");
        disk.mend("fsync");
        everythingIsThere(program, disk.directory());
    }

    @Test
    @DisplayName("I2: a full disk ends the service, and nothing that was answered is lost")
    void i2_aFullDisk() throws Exception {
        Path disk = Files.createDirectory(home.resolve("small"));
        String size = "size=" + MEGABYTES + "m";
        if (BrokenDisk.run("mount", "-t", "tmpfs", "-o", size, "tmpfs", disk.toString()) == 0) {
            try {
                Path filler = disk.resolve("filler");
                List<String> program = ServerProgram.unpacked();
                failing(
                        program,
                        disk,
                        () -> Files.write(filler, new byte[(MEGABYTES - 6) << 20]),
                        "No space left on device");
                Files.delete(filler);
                everythingIsThere(program, disk);
            } finally {
                BrokenDisk.run("umount", "-l", disk.toString());
            }
        } else { // mounting is not allowed here
            BrokenDisk broken = BrokenDisk.in(home);
            List<String> program = broken.on(ServerProgram.unpacked());
            failing(program, broken.directory(), () -> broken.make("full"), "No space left on device");
            broken.mend("full");
            everythingIsThere(program, broken.directory());
        }
    }

    private interface Step {
        void run() throws Exception;
    }

    /** Until the process has ended by itself. */
    private void failing(List<String> program, Path disk, Step fault, String reason) throws Exception {
        List<Thread> callers = new ArrayList<>();
        try (ServerProcess server =
                        ServerProcess.start(program, disk.resolve("data"), port).awaitReady();
                CoordinatorClient client = connect()) {
            client.attach(new Restorer(Load.RESOURCE, Result.RESTORED));
            for (int i = 0; i < THREADS; i++) {
                Thread caller = new Thread(() -> commitUntilRefused(client), "caller-" + i);
                callers.add(caller);
                caller.start();
            }
            Awaitility.await("commits").atMost(PATIENCE).until(() -> committed.size() >= ENOUGH);
            fault.run();
            assertThat(server.awaitExit()).as(server.text()).isNotZero();
            assertThat(server.text()).contains("The log can not go on", reason);
        }
        for (Thread caller : callers) {
            caller.join(); // the client is closed, so none waits for another coordinator
        }
    }

    private void everythingIsThere(List<String> program, Path disk) throws Exception {
        try (ServerProcess server =
                        ServerProcess.start(program, disk.resolve("data"), port).awaitReady();
                CoordinatorClient client = connect()) {
            assertThat(server.alive()).isTrue();
            for (Xid xid : committed) {
                Optional<Outcome> outcome = client.outcome(xid).get(60, TimeUnit.SECONDS);
                assertThat(outcome.map(Outcome::status))
                        .as("%s was answered as committed", xid)
                        .contains(TransactionStatus.COMMITTED);
            }
            assertThat(client.commit(client.newXid()).get(60, TimeUnit.SECONDS).status())
                    .isEqualTo(TransactionStatus.COMMITTED);
        }
    }

    private void commitUntilRefused(CoordinatorClient client) {
        try {
            while (true) {
                Xid xid = client.newXid();
                BranchId branch = new BranchId(xid, ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE));
                client.register(branch, Load.RESOURCE, List.of(wide(branch.number())))
                        .get(600, TimeUnit.SECONDS);
                client.reportCommitted(branch);
                if (client.commit(xid).get(600, TimeUnit.SECONDS).status() == TransactionStatus.COMMITTED) {
                    committed.add(xid);
                }
            }
        } catch (Exception refused) {
            // By a client that was closed: what has no answer by now is in doubt.
        }
    }

    /** As large as keys get, so that a few thousand fill a disk. */
    private static Lock wide(long row) {
        LockKey key = LockKey.on(Load.RESOURCE, "", "", "account", "")
                .text("x".repeat(4_000) + row)
                .build();
        return new Lock(key, LockMode.EXCLUSIVE);
    }

    private CoordinatorClient connect() {
        CoordinatorClient client = CoordinatorClient.start(new ClientSettings(
                "app", List.of("127.0.0.1:" + port), null, Duration.ofSeconds(1), Duration.ofMinutes(2)));
        Awaitility.await().atMost(PATIENCE).until(client::connected);
        return client;
    }
}
