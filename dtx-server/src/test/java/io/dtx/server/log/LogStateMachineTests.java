package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.server.coordinator.StateMachine;
import io.dtx.server.log.EntryCodec.Entry;
import io.dtx.server.log.record.EntryRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Entries as a follower meets them: as bytes. */
class LogStateMachineTests {

    private final Node.Heard heard = new Node.Heard();
    private final LogStateMachine machine;

    LogStateMachineTests(@TempDir Path directory) {
        machine = new LogStateMachine(new LeadershipGuard(heard, 1), LogSettings.alone(directory));
    }

    @AfterEach
    void close() {
        machine.close();
    }

    @Test
    void anEntryIsApplied() {
        apply(1, EntryCodec.encode(new Entry(42, List.of(Commands.createCluster()))));

        assertThat(machine.<String>read(StateMachine::cluster)).isEqualTo(Node.CLUSTER);
        assertThat(machine.getLastAppliedTermIndex()).isEqualTo(TermIndex.valueOf(1, 1));
        assertThat(heard.failed).isNotDone();
    }

    @Test
    @DisplayName("I8: a node that meets an entry which it can not apply ends, instead of going on without it")
    void i8_anEntryThatCanNotBeAppliedIsNotSkipped() {
        apply(1, EntryCodec.encode(new Entry(42, List.of(Commands.createCluster()))));

        assertThatThrownBy(() -> apply(
                        2,
                        EntryRecord.newBuilder()
                                .setVersion(EntryCodec.VERSION + 1)
                                .build()))
                .as("Ratis ends by what is thrown, and not by a future")
                .isInstanceOf(IllegalStateException.class)
                .hasCauseInstanceOf(IOException.class);

        assertThat(heard.failed).isCompletedWithValueMatching(IOException.class::isInstance);
        assertThat(machine.getLastAppliedTermIndex()).isEqualTo(TermIndex.valueOf(1, 1));
    }

    private void apply(long index, EntryRecord record) {
        LogEntryProto entry = LogEntryProto.newBuilder()
                .setTerm(1)
                .setIndex(index)
                .setStateMachineLogEntry(StateMachineLogEntryProto.newBuilder()
                        .setLogData(UnsafeByteOperations.unsafeWrap(record.toByteArray())))
                .build();
        var unused = machine.applyTransaction(TransactionContext.newBuilder()
                .setServerRole(RaftPeerRole.FOLLOWER)
                .setStateMachine(machine)
                .setLogEntry(entry)
                .build());
    }
}
