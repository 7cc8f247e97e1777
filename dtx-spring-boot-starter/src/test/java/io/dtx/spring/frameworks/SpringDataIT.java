package io.dtx.spring.frameworks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import io.dtx.GlobalTransactional;
import io.dtx.error.LockConflictException;
import io.dtx.error.UsageException;
import io.dtx.rm.Managed;
import io.dtx.spring.frameworks.Ground.Work;
import io.dtx.spring.transaction.Resourceless;
import jakarta.persistence.CascadeType;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.LockModeType;
import jakarta.persistence.OneToMany;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.hibernate.Session;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.dao.OptimisticLockingFailureException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.data.annotation.Id;
import org.springframework.data.annotation.Version;
import org.springframework.data.jdbc.repository.config.EnableJdbcRepositories;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.NativeQuery;
import org.springframework.data.jpa.repository.Query;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.data.relational.core.mapping.Table;
import org.springframework.data.relational.core.sql.LockMode;
import org.springframework.data.repository.ListCrudRepository;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.orm.jpa.persistenceunit.PersistenceManagedTypes;
import org.springframework.orm.jpa.support.OpenEntityManagerInViewInterceptor;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.context.request.ServletWebRequest;

/** Spring Data JPA and Spring Data JDBC as Spring Boot configures them, beside dtx, in one application. */
class SpringDataIT extends FrameworkContract {

    private ConfigurableApplicationContext application;
    private Service service;
    private Books books;
    private Purses purses;
    private Tills tills;

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableJpaRepositories(considerNestedRepositories = true)
    @EnableJdbcRepositories(considerNestedRepositories = true)
    @Import(Service.class)
    static class Application {

        @Bean
        PersistenceManagedTypes managedTypes() {
            return PersistenceManagedTypes.of(Book.class.getName(), Page.class.getName(), Till.class.getName());
        }
    }

    @Entity(name = "Book")
    static class Book {
        @jakarta.persistence.Id
        @GeneratedValue
        Long id;

        @jakarta.persistence.Version
        int version;

        String title;
        int copies;

        @OneToMany(cascade = CascadeType.ALL, orphanRemoval = true)
        @jakarta.persistence.JoinColumn(name = "book_id")
        List<Page> pages = new ArrayList<>();

        Book() {}

        Book(String title, int copies) {
            this.title = title;
            this.copies = copies;
            for (int i = 0; i < 3; i++) {
                Page page = new Page();
                page.text = title + " " + i;
                pages.add(page);
            }
        }
    }

    @Entity(name = "Page")
    static class Page {
        @jakarta.persistence.Id
        @GeneratedValue
        Long id;

        String text;
    }

    /** Without a version: what a session still holds of it is written over whatever is there. */
    @Entity(name = "Till")
    static class Till {
        @jakarta.persistence.Id
        long id;

        int amount;

        Till() {}

        Till(long id, int amount) {
            this.id = id;
            this.amount = amount;
        }
    }

    interface Tills extends JpaRepository<Till, Long> {}

    interface Books extends JpaRepository<Book, Long> {

        List<Book> findByTitle(String title);

        @Lock(LockModeType.PESSIMISTIC_WRITE)
        Optional<Book> findLockedByTitle(String title);

        int deleteByTitle(String title);

        @Modifying(flushAutomatically = true, clearAutomatically = true)
        @Query("update Book b set b.copies = b.copies + :more where b.title = :title")
        int addCopies(String title, int more);

        @Modifying
        @NativeQuery("truncate table page")
        void truncate();
    }

    record Coin(int worth) {}

    @Table
    record Purse(@Id Long id, @Version Integer version, String owner, List<Coin> coins) {

        Purse with(Coin... all) {
            return new Purse(id, version, owner, List.of(all));
        }
    }

    interface Purses extends ListCrudRepository<Purse, Long> {

        @org.springframework.data.relational.repository.Lock(LockMode.PESSIMISTIC_WRITE)
        List<Purse> findByOwner(String owner);

        @org.springframework.data.jdbc.repository.query.Modifying
        @org.springframework.data.jdbc.repository.query.Query(
                "UPDATE coin SET worth = worth + :more WHERE purse IN (SELECT id FROM purse WHERE owner = :owner)")
        int addToEach(String owner, int more);
    }

    static class Service {

        @GlobalTransactional(rollbackFor = Exception.class)
        public void global(Work work) throws Exception {
            work.run();
        }

        @GlobalTransactional(rollbackFor = Exception.class)
        @Transactional(rollbackFor = Exception.class)
        public void both(Work work) throws Exception {
            work.run();
        }

        @Transactional(rollbackFor = Exception.class)
        public void local(Work work) throws Exception {
            work.run();
        }

        @Transactional(readOnly = true)
        public void readOnly(Work work) throws Exception {
            work.run();
        }

        @Transactional(isolation = Isolation.REPEATABLE_READ)
        public void repeatableRead(Work work) throws Exception {
            work.run();
        }
    }

    @Override
    void prepare() {
        ground.database()
                .run(
                        "CREATE TABLE purse (id " + base.autoKey() + ", version INT NOT NULL, owner VARCHAR(40))",
                        "CREATE TABLE coin (purse BIGINT NOT NULL REFERENCES purse (id), purse_key INT NOT NULL,"
                                + " worth INT NOT NULL, PRIMARY KEY (purse, purse_key))");
        application = start();
        service = application.getBean(Service.class);
        books = application.getBean(Books.class);
        purses = application.getBean(Purses.class);
        tills = application.getBean(Tills.class);
    }

    private ConfigurableApplicationContext start(String... more) {
        ConfigurableApplicationContext started = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "spring.datasource.url=" + ground.database().url(),
                        "spring.datasource.username=" + ground.database().user(),
                        "spring.datasource.password=" + ground.database().password(),
                        "spring.datasource.type=" + HikariDataSource.class.getName(),
                        "spring.datasource.hikari.maximum-pool-size=3",
                        "spring.jpa.hibernate.ddl-auto=update",
                        "spring.jpa.properties.hibernate.jdbc.batch_size=10",
                        "dtx.lock.wait=100ms",
                        "dtx.coordinator.addresses=" + ground.coordinator().address())
                .properties(more)
                .run("--spring.autoconfigure.exclude="); // which the other tests' properties set
        Awaitility.await()
                .until(() ->
                        started.getBean(io.dtx.client.CoordinatorClient.class).connected());
        return started;
    }

    @Override
    void stop() {
        application.close();
    }

    private HikariDataSource pool() {
        return application.getBean(HikariDataSource.class);
    }

    @Test
    void theEntityManagersConnectionsAreManaged() throws Exception {
        assertThat(pool().isWrapperFor(Managed.class)).isTrue();
        service.local(() -> assertThat(application
                        .getBean(EntityManager.class)
                        .unwrap(Session.class)
                        .<Boolean>doReturningWork(connection -> connection instanceof Managed))
                .isTrue());
    }

    @Test
    void jpaRepositoriesAreUndoneInLocalTransactionsOfTheirOwnAndInOne() throws Exception {
        Work work = () -> {
            books.saveAll(List.of(new Book("a", 1), new Book("b", 2), new Book("b", 3)));
            assertThat(books.findByTitle("a").get(0).copies).isEqualTo(1);
        };
        ground.isUndone(service::global, work);
        ground.isUndone(service::global, () -> service.local(work));
        service.local(work);
        Work more = () -> {
            assertThat(books.addCopies("b", 5)).isEqualTo(2);
            Book a = books.findLockedByTitle("a").orElseThrow();
            a.title = "c";
            a.pages.remove(1);
            a.pages.get(0).text = null;
            assertThat(books.deleteByTitle("b")).isEqualTo(2);
        };
        ground.isUndone(service::global, () -> service.local(more));
        ground.isKept(service::global, () -> service.local(more));
        assertThat(books.findByTitle("b")).isEmpty();
        service.local(() -> books.deleteAll());
    }

    @Test
    void bothAnnotationsOnOneMethodUndoAndKeep() throws Exception {
        ground.isKept(service::both, () -> books.save(new Book("both", 1)));
        Ground.Transaction undone = work -> service.global(() -> {
            service.local(() -> books.save(new Book("none", 1)));
            work.run();
        });
        ground.isUndone(undone, () -> {});
    }

    @Test
    void jdbcAggregatesAreUndoneAndKept() throws Exception {
        Purse ann = purses.save(new Purse(null, null, "Ann", List.of(new Coin(1), new Coin(2), new Coin(5))));
        assertThat(ann.id()).isNotNull();
        Work work = () -> {
            Purse bob = purses.save(new Purse(null, null, "Bob", List.of(new Coin(10))));
            purses.saveAll(List.of(
                    new Purse(null, null, "Cid", List.of()), new Purse(null, null, "Dan", List.of(new Coin(1)))));
            assertThat(purses.addToEach("Ann", 100)).isEqualTo(3);
            Purse read = purses.findByOwner("Ann").get(0);
            assertThat(read.coins()).extracting(Coin::worth).containsExactly(101, 102, 105);
            purses.save(read.with(new Coin(7)));
            purses.delete(bob);
        };
        ground.isUndone(service::global, () -> service.local(work));
        ground.isUndone(service::global, work);
        assertThat(ground.refusal(
                        service::global, () -> purses.save(new Purse(ann.id(), ann.version() + 1, "stale", List.of()))))
                .isInstanceOf(OptimisticLockingFailureException.class);
        ground.isKept(service::global, () -> service.local(work));
        service.local(() -> purses.deleteAll());
    }

    @Test
    void jpaAndJdbcShareALocalTransaction() {
        ground.isUndone(
                service::global,
                () -> service.local(() -> {
                    purses.save(new Purse(null, null, "Eve", List.of(new Coin(1))));
                    books.saveAndFlush(new Book("shared", 1));
                    assertThat(purses.addToEach("Eve", 1)).isEqualTo(1);
                }));
    }

    @Test
    void readOnlyAndIsolatedLocalTransactionsPassAndLeaveNothingBehind() throws Exception {
        service.local(() -> books.save(new Book("read", 1)));
        ground.isUndone(service::global, () -> {
            service.readOnly(() -> assertThat(books.findByTitle("read")).hasSize(1));
            service.repeatableRead(() -> books.addCopies("read", 1));
            service.readOnly(
                    () -> assertThat(books.findByTitle("read").get(0).copies).isEqualTo(2));
            service.local(() -> books.addCopies("read", 1));
        });
    }

    @Test
    void aConflictIsSpringsWhenReadingForUpdateAndAtTheLocalCommit() throws Exception {
        Purse purse = purses.save(new Purse(null, null, "Ann", List.of(new Coin(1))));
        service.local(() -> {
            books.deleteByTitle("held");
            books.save(new Book("held", 1));
        });
        String held = "UPDATE book SET copies = copies + 1 WHERE title = 'held'";
        assertThat(ground.conflict(held, service::global, () -> service.local(() -> books.findLockedByTitle("held"))))
                .isInstanceOf(PessimisticLockingFailureException.class);
        assertThat(ground.conflict(held, service::global, () -> service.local(() -> books.addCopies("held", 1))))
                .isInstanceOf(PessimisticLockingFailureException.class)
                .hasRootCauseInstanceOf(LockConflictException.class);
        assertThat(ground.conflict(
                        "UPDATE purse SET owner = 'x' WHERE id = " + purse.id(),
                        service::global,
                        () -> purses.delete(purse)))
                .isInstanceOf(PessimisticLockingFailureException.class)
                .hasRootCauseInstanceOf(LockConflictException.class);
    }

    @Test
    void aRefusalReachesTheCallerReadably() {
        assertThat(ground.refusal(service::global, () -> service.local(books::truncate)))
                .hasMessageContaining("refused inside the global transaction")
                .hasMessageContaining("Remedy: write DELETE FROM");
    }

    @Test
    void anOpenSessionOfTheViewKeepsNoRollbackFromItsRows() throws Exception {
        service.local(() -> books.save(new Book("view", 1)));
        inOpenView(() -> {
            Book book = books.findByTitle("view").get(0);
            ground.isUndone(service::global, () -> service.local(() -> book.copies = 7));
            assertThat(books.findByTitle("view").get(0).pages)
                    .as("read by the view")
                    .hasSize(3);
        });
        // The restore gives its own back a moment after its rows can be seen.
        Awaitility.await()
                .untilAsserted(() -> assertThat(pool().getHikariPoolMXBean().getActiveConnections())
                        .isZero());
    }

    @Test
    void aLazyReadBeforeItWithAPoolWithoutAutocommitIsInNoOnesWay() throws Exception {
        service.local(() -> books.save(new Book("lazy", 1)));
        try (ConfigurableApplicationContext other = start("spring.datasource.hikari.auto-commit=false")) {
            Service inOther = other.getBean(Service.class);
            inOpenView(other, () -> {
                Book book = other.getBean(Books.class).findByTitle("lazy").get(0);
                assertThat(book.pages).as("read outside of any transaction").hasSize(3);
                ground.isUndone(inOther::global, () -> inOther.local(() -> book.copies = 7));
            });
        }
    }

    @DisplayName("I10: the session of the view does not carry what was undone into the next attempt")
    @Test
    void i10_anAttemptAfterARollbackStartsFromWhatWasRestored() throws Exception {
        tills.save(new Till(1, 100));
        Work debit = () -> service.local(() -> tills.findById(1L).orElseThrow().amount -= 30);
        inOpenView(() -> {
            ground.isUndone(service::global, debit);
            ground.isKept(service::global, debit);
        });
        assertThat(ground.rows("SELECT amount FROM till")).containsExactly("70");
    }

    @DisplayName("I10: what would join a local transaction that has committed, and never be written, is refused")
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void i10_afterALocalCommitNoGlobalTransactionBeginsOnItsThread(boolean inOpenView) throws Exception {
        tills.save(new Till(1, 100));
        List<Throwable> refusals = new ArrayList<>();
        Work debit = () -> service.local(() -> tills.findById(1L).orElseThrow().amount -= 30);
        Work place = () -> service.local(() -> {
            books.save(new Book("placed", 1));
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void afterCommit() {
                    refusals.add(catchThrowable(() -> service.global(debit)));
                }

                @Override
                public void afterCompletion(int status) {
                    refusals.add(catchThrowable(() -> service.global(debit)));
                }
            });
        });
        if (inOpenView) {
            inOpenView(place);
        } else {
            place.run();
        }

        assertThat(refusals)
                .hasSize(2)
                .allSatisfy(refusal -> assertThat(refusal)
                        .isInstanceOf(UsageException.class)
                        .hasMessageContaining("inside an open local transaction"));
        ground.isKept(service::global, debit);
        assertThat(ground.rows("SELECT amount FROM till")).containsExactly("70");
    }

    @Test
    void aSessionThatIsOnlyKeptForATransactionOfSomethingElseIsInNoOnesWay() {
        new TransactionTemplate(new Resourceless()).executeWithoutResult(status -> {
            application.getBean(EntityManager.class).createQuery("select count(b) from Book b");
            assertThat(TransactionSynchronizationManager.hasResource(entityManagers()))
                    .isTrue();
            ground.isUndone(service::global, () -> service.local(() -> books.save(new Book("other", 1))));
        });
    }

    private EntityManagerFactory entityManagers() {
        return application.getBean(EntityManagerFactory.class);
    }

    private void inOpenView(Work work) throws Exception {
        inOpenView(application, work);
    }

    private static void inOpenView(ApplicationContext application, Work work) throws Exception {
        OpenEntityManagerInViewInterceptor view = new OpenEntityManagerInViewInterceptor();
        view.setEntityManagerFactory(application.getBean(EntityManagerFactory.class));
        ServletWebRequest request = new ServletWebRequest(new MockHttpServletRequest());
        view.preHandle(request);
        try {
            work.run();
        } finally {
            view.afterCompletion(request, null);
        }
    }
}
