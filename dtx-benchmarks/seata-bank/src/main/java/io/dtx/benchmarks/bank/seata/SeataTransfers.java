package io.dtx.benchmarks.bank.seata;

import feign.RequestInterceptor;
import io.dtx.benchmarks.bank.Transfers;
import org.apache.seata.core.context.RootContext;
import org.apache.seata.spring.annotation.GlobalTransactional;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.transaction.support.TransactionTemplate;

@Component
@ConditionalOnProperty(name = "bank.flavour", havingValue = "seata")
public class SeataTransfers implements Transfers {

    private final TransactionOperations local;

    public SeataTransfers(TransactionTemplate local) {
        this.local = local;
    }

    @Override
    @GlobalTransactional(name = "transfer")
    public void transfer(Runnable work) {
        work.run();
    }

    @Override
    public void change(String accountNo, Runnable update) {
        local.executeWithoutResult(status -> update.run());
    }

    /** What Spring Cloud Alibaba's integration does; the starter alone binds the header at the other side. */
    @Bean
    static RequestInterceptor xidOverFeign() {
        return request -> {
            String xid = RootContext.getXID();
            if (xid != null) {
                request.header(RootContext.KEY_XID, xid);
            }
        };
    }
}
