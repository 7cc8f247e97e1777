package io.dtx.samples.bank2.demo;

import com.alibaba.druid.filter.FilterChain;
import com.alibaba.druid.filter.FilterEventAdapter;
import com.alibaba.druid.proxy.jdbc.ConnectionProxy;
import java.sql.SQLException;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Druid calls it below dtx, right before the driver sends COMMIT. */
@Component
@Profile("demo")
class HoldBeforeCommit extends FilterEventAdapter {

    private final Hold hold;

    HoldBeforeCommit(Hold hold) {
        this.hold = hold;
    }

    @Override
    public void connection_commit(FilterChain chain, ConnectionProxy connection) throws SQLException {
        // dtx commits on these connections too, but not in a transaction of Spring.
        if (TransactionSynchronizationManager.isActualTransactionActive()) {
            hold.at(Hold.Point.BEFORE_COMMIT);
        }
        super.connection_commit(chain, connection);
    }
}
