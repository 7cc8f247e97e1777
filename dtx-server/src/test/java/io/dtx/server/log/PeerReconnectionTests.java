package io.dtx.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerRpc;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PeerReconnectionTests {

    private static final RaftPeerId SELF = RaftPeerId.valueOf("n1");
    private static final RaftPeerId OTHER = RaftPeerId.valueOf("n2");
    private static final RaftPeerId THIRD = RaftPeerId.valueOf("n3");

    private final List<String> madeAnew = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private @Nullable RaftPeerId leader;
    private @Nullable RaftPeerId leaderAfterFirst;
    private final PeerReconnection reconnection =
            new PeerReconnection(server(), RaftGroupId.randomId(), List.of(OTHER, THIRD), told::add);

    @AfterEach
    void close() {
        reconnection.close();
    }

    @Test
    void connectionsAreMadeAnewAsLongAsNobodyLeads() {
        reconnection.look();
        reconnection.look();

        assertThat(madeAnew).containsExactly("n2", "n3", "n2", "n3");
    }

    @Test
    void connectionsAreMadeAnewOnceAfterAnElection() {
        leader = OTHER;
        reconnection.look();
        reconnection.look();
        assertThat(madeAnew).containsExactly("n2", "n3");

        leader = THIRD;
        reconnection.look();
        reconnection.look();
        assertThat(madeAnew).containsExactly("n2", "n3", "n2", "n3");
    }

    @Test
    void aLeaderKeepsItsConnections() {
        leader = SELF;
        reconnection.look();

        assertThat(madeAnew).isEmpty();
        assertThat(told).as("what Ratis tells by itself").isEmpty();
    }

    @Test
    void whoLeadsAndThatNobodyDoesIsPassedOn() {
        leader = OTHER;
        reconnection.look();
        leader = null;
        reconnection.look();
        leader = THIRD;
        reconnection.look();

        assertThat(told).containsExactly("n2", "", "n3");
    }

    @Test
    void aNodeThatBeginsToLeadMeanwhileKeepsTheConnectionsThatItHas() {
        leaderAfterFirst = SELF;
        reconnection.look();

        assertThat(madeAnew).containsExactly("n2");
    }

    private RaftServer server() {
        DivisionInfo info = fake(DivisionInfo.class, (method, arguments) -> switch (method) {
            case "getLeaderId" -> leader;
            case "isLeader" -> SELF.equals(leader);
            default -> throw new UnsupportedOperationException(method);
        });
        RaftServer.Division division = fake(RaftServer.Division.class, (method, arguments) -> info);
        RaftServerRpc rpc = fake(RaftServerRpc.class, (method, arguments) -> {
            assertThat(method).isEqualTo("handleException");
            assertThat(arguments[2]).as("whether to connect anew").isEqualTo(true);
            madeAnew.add(arguments[0].toString());
            leader = leaderAfterFirst == null ? leader : leaderAfterFirst;
            return null;
        });
        return fake(RaftServer.class, (method, arguments) -> method.equals("getServerRpc") ? rpc : division);
    }

    private interface Answer {
        @Nullable Object to(String method, Object[] arguments);
    }

    private static <T> T fake(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answer.to(method.getName(), arguments)));
    }
}
