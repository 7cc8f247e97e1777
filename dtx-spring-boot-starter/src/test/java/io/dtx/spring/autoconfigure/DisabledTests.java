package io.dtx.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dtx.GlobalTransactionTemplate;
import io.dtx.GlobalTransactional;
import io.dtx.client.CoordinatorClient;
import io.dtx.context.TransactionHeaders;
import io.dtx.error.UsageException;
import io.dtx.model.Xid;
import io.dtx.rm.ResourceManager;
import io.dtx.spring.jdbc.ManagedDataSource;
import io.dtx.spring.web.ParticipationFilter;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

class DisabledTests {

    private final WebApplicationContextRunner runner = new WebApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(DtxAutoConfiguration.class))
            .withPropertyValues("dtx.enabled=false")
            .withBean(Service.class)
            .withBean(DataSource.class, () -> new SimpleDriverDataSource(new org.h2.Driver(), "jdbc:h2:mem:disabled"));

    static class Service {
        @GlobalTransactional
        public String pay() {
            return "paid";
        }
    }

    @Test
    void annotatedMethodsFailRatherThanRunAsSeveralTransactions() {
        runner.run(context -> assertThatThrownBy(
                        () -> context.getBean(Service.class).pay())
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("Service.pay")
                .hasMessageContaining("dtx.enabled=false")
                .hasMessageContaining("dtx.disabled-behaviour=ignore"));
    }

    @Test
    void aTemplateFailsAsAnnotatedMethodsDo() {
        runner.run(context -> {
            GlobalTransactionTemplate template =
                    context.getBean(GlobalTransactionTemplate.class).withName("transfer");
            assertThatThrownBy(() -> template.execute(() -> "paid"))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("transfer")
                    .hasMessageContaining("dtx.enabled=false")
                    .hasMessageContaining("dtx.disabled-behaviour=ignore");
        });
    }

    @Test
    void requestsThatBringAnXidAreRefusedAndOthersPass() {
        runner.run(context -> {
            ParticipationFilter filter = context.getBean(ParticipationFilter.class);

            MockHttpServletResponse refused = new MockHttpServletResponse();
            filter.doFilter(request(true), refused, new MockFilterChain());
            assertThat(refused.getStatus()).isEqualTo(400);
            assertThat(refused.getContentAsString()).contains("dtx.enabled=false");
            assertThat(refused.getHeader(TransactionHeaders.VETO))
                    .as("the caller must not commit without this service")
                    .isNotNull();

            MockFilterChain chain = new MockFilterChain();
            filter.doFilter(request(false), new MockHttpServletResponse(), chain);
            assertThat(chain.getRequest()).isNotNull();
        });
    }

    @Test
    void nothingElseOfDtxIsThere() {
        runner.run(context -> {
            assertThat(context).doesNotHaveBean(CoordinatorClient.class).doesNotHaveBean(ResourceManager.class);
            assertThat(context.getBean(DataSource.class)).isNotInstanceOf(ManagedDataSource.class);
        });
    }

    @Test
    void ignoringRunsThemAsIfDtxWereNotThere() {
        runner.withPropertyValues("dtx.disabled-behaviour=ignore").run(context -> {
            assertThat(context.getBean(Service.class).pay()).isEqualTo("paid");
            assertThat(context.getBean(GlobalTransactionTemplate.class)
                            .withTimeout(Duration.ofSeconds(1))
                            .execute(() -> "paid"))
                    .isEqualTo("paid");
            assertThat(context).doesNotHaveBean(ParticipationFilter.class);
        });
    }

    private static MockHttpServletRequest request(boolean withXid) {
        MockHttpServletRequest request = new MockHttpServletRequest("POST", "/transfer");
        if (withXid) {
            request.addHeader(
                    TransactionHeaders.XID,
                    Xid.mint("cluster1", 1, new byte[10]).toString());
        }
        return request;
    }
}
