package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.server.coordinator.Command;
import io.dtx.server.coordinator.RandomCommands;
import io.dtx.server.coordinator.Snapshot;
import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.log.EntryCodec.Entry;
import io.dtx.server.log.record.CommandRecord;
import io.dtx.server.log.record.EntryRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodecTests {

    @TempDir
    private Path temporary;

    @Test
    @DisplayName("I8: what is read from the log is what was applied")
    void i8_everyCommandComesBackEqual() throws IOException {
        RandomCommands random = new RandomCommands(7);
        List<Command> commands = new ArrayList<>();
        commands.add(new Command.CreateCluster("cluster1", "cluster0"));
        Set<Class<?>> kinds = new HashSet<>();
        for (int i = 0; i < 2_000; i++) {
            Command command = random.next();
            kinds.add(command.getClass());
            commands.add(command);
        }
        assertThat(kinds).hasSize(Command.class.getPermittedSubclasses().length);
        Entry entry = new Entry(42, commands);
        assertThat(EntryCodec.decode(ByteBuffer.wrap(EntryCodec.encode(entry).toByteArray())))
                .isEqualTo(entry);
    }

    @Test
    void anEntryOfANewerVersionOrWithAnUnknownCommandIsRefused() {
        EntryRecord newer =
                EntryRecord.newBuilder().setVersion(EntryCodec.VERSION + 1).build();
        assertThatThrownBy(() -> EntryCodec.decode(ByteBuffer.wrap(newer.toByteArray())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("version " + (EntryCodec.VERSION + 1));
        EntryRecord unknown = EntryRecord.newBuilder()
                .setVersion(1)
                .addCommands(CommandRecord.getDefaultInstance())
                .build();
        assertThatThrownBy(() -> EntryCodec.decode(ByteBuffer.wrap(unknown.toByteArray())))
                .isInstanceOf(IOException.class);
    }

    @Test
    void anEntryOfTheFirstVersionIsRead() throws IOException {
        EntryRecord first = EntryCodec.encode(new Entry(42, List.of(Commands.register(1, 1, "a")))).toBuilder()
                .setVersion(1)
                .build();
        assertThat(EntryCodec.decode(ByteBuffer.wrap(first.toByteArray())).commands())
                .containsExactly(Commands.register(1, 1, "a"));
    }

    @Test
    @DisplayName("I8: a state comes back equal from a snapshot file")
    void i8_everySnapshotComesBackEqual() throws IOException {
        for (int seed = 0; seed < 200; seed++) {
            RandomCommands random = new RandomCommands(seed);
            StateMachine machine = new StateMachine();
            machine.apply(new Command.CreateCluster(RandomCommands.CLUSTER), 1);
            for (int i = 0; i < 60; i++) {
                machine.apply(random.next(), random.timestamp());
            }
            Path file = save(machine.snapshot());
            assertThat(SnapshotFile.read(file)).as("seed %s", seed).isEqualTo(machine.snapshot());
        }
    }

    @Test
    @DisplayName("I8: so does one with more outcomes than go into one record")
    void i8_aSnapshotOfManyOutcomesComesBackWhole() throws IOException {
        int outcomes = 2 * 4_096 + 7;
        StateMachine machine = new StateMachine();
        machine.apply(Commands.createCluster(), 1_700_000_000_000L);
        for (int i = 0; i < outcomes; i++) {
            machine.apply(Commands.commit(i, 0), 1_700_000_000_000L);
        }

        Snapshot read = SnapshotFile.read(save(machine.snapshot()));

        assertThat(read).isEqualTo(machine.snapshot());
        StateMachine restored = new StateMachine(read);
        assertThat(IntStream.range(0, outcomes))
                .allMatch(i -> restored.outcome(Commands.xid(i)).isPresent());
    }

    @Test
    void aSnapshotWithAnyBitTurnedOrCutShortIsRefused() throws IOException {
        StateMachine machine = new StateMachine();
        machine.apply(Commands.createCluster(), 1_700_000_000_000L);
        machine.apply(Commands.register(1, 1, "a"), 1_700_000_000_000L);
        machine.apply(Commands.commit(2, 0), 1_700_000_000_000L);
        Path file = save(machine.snapshot());
        byte[] good = Files.readAllBytes(file);
        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 0x10;
            Files.write(file, bad);
            assertThatThrownBy(() -> SnapshotFile.read(file))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(file.toString());
        }
        for (int length = 0; length < good.length; length++) {
            Files.write(file, Arrays.copyOf(good, length));
            assertThatThrownBy(() -> SnapshotFile.read(file)).isInstanceOf(IOException.class);
        }
    }

    private Path save(Snapshot snapshot) throws IOException {
        Path file = temporary.resolve("snapshot");
        try (OutputStream out = Files.newOutputStream(file)) {
            SnapshotFile.write(snapshot, out);
        }
        return file;
    }
}
