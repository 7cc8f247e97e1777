package io.dtx.server.log;

import io.dtx.model.BranchId;
import io.dtx.model.Lock;
import io.dtx.model.LockKey;
import io.dtx.model.LockMode;
import io.dtx.model.Rollback;
import io.dtx.model.RollbackReason;
import io.dtx.model.Xid;
import io.dtx.server.coordinator.Command;
import java.nio.ByteBuffer;
import java.util.List;

/** Commands to write to a log. */
final class Commands {

    static final String RESOURCE = "res-bank1";
    private static final long MINTED_AT = 1_700_000_000_000L;

    private Commands() {}

    static Xid xid(int number) {
        return Xid.mint(
                Node.CLUSTER,
                MINTED_AT,
                ByteBuffer.allocate(10).putInt(6, number).array());
    }

    static Command createCluster() {
        return new Command.CreateCluster(Node.CLUSTER);
    }

    static Command begin(int number) {
        return new Command.Begin(xid(number), "transfer", "bank1", 60_000);
    }

    static Command register(int number, int branch, String row) {
        LockKey key =
                LockKey.on(RESOURCE, "", "public", "account", "").text(row).build();
        return new Command.RegisterBranch(
                new BranchId(xid(number), branch),
                RESOURCE,
                "bank1",
                List.of(),
                List.of(new Lock(key, LockMode.EXCLUSIVE)));
    }

    static Command commit(int number, int branches) {
        return new Command.Commit(xid(number), branches);
    }

    static Command rollBack(int number) {
        return new Command.RollBack(xid(number), new Rollback(RollbackReason.VETO, "bank2", "no money"));
    }

    static Command restored(int number, int branch) {
        return new Command.BranchRestored(new BranchId(xid(number), branch), 1);
    }
}
