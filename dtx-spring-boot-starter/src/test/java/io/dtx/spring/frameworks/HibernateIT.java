package io.dtx.spring.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.dtx.error.LockConflictException;
import jakarta.persistence.CascadeType;
import jakarta.persistence.Column;
import jakarta.persistence.ElementCollection;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Inheritance;
import jakarta.persistence.InheritanceType;
import jakarta.persistence.LockModeType;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OptimisticLockException;
import jakarta.persistence.PessimisticLockException;
import jakarta.persistence.RollbackException;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.TableGenerator;
import jakarta.persistence.Version;
import java.math.BigDecimal;
import java.sql.SQLTransactionRollbackException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.hibernate.SessionFactory;
import org.hibernate.TransactionException;
import org.hibernate.cfg.AvailableSettings;
import org.hibernate.jpa.HibernatePersistenceConfiguration;
import org.junit.jupiter.api.Test;

/** JPA as Hibernate does it: alone, its local transactions its own. */
class HibernateIT extends FrameworkContract {

    private static final String UPDATE_OF_TWO_TABLES = "update Car set plate = 'X', seats = 9 where seats > 1";

    private SessionFactory factory;

    @Entity(name = "Customer")
    static class Customer {
        @Id
        @GeneratedValue(strategy = GenerationType.IDENTITY)
        Long id;

        @Version
        int version;

        String name;

        Instant since;

        Customer() {}

        Customer(String name) {
            this.name = name;
            this.since = Instant.parse("2026-03-29T01:30:00.123456Z");
        }
    }

    @Entity(name = "Purchase")
    static class Purchase {
        @Id
        @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "purchase")
        @SequenceGenerator(name = "purchase", sequenceName = "purchase_seq", allocationSize = 5)
        Long id;

        @Version
        int version;

        @ManyToOne
        Customer customer;

        @Column(precision = 18, scale = 2)
        BigDecimal total;

        @OneToMany(mappedBy = "purchase", cascade = CascadeType.ALL, orphanRemoval = true)
        List<Item> items = new ArrayList<>();

        @ElementCollection
        @Column(nullable = false)
        Set<String> tags = new HashSet<>();

        Purchase() {}

        Purchase(Customer customer, String total) {
            this.customer = customer;
            this.total = new BigDecimal(total);
        }

        Purchase with(String product) {
            Item item = new Item();
            item.purchase = this;
            item.product = product;
            items.add(item);
            return this;
        }
    }

    @Entity(name = "Item")
    static class Item {
        @Id
        @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "item")
        @SequenceGenerator(name = "item", sequenceName = "item_seq", allocationSize = 10)
        Long id;

        @Version
        int version;

        @ManyToOne(fetch = FetchType.LAZY)
        Purchase purchase;

        String product;
        int quantity = 1;
    }

    /** In two tables. */
    @Entity(name = "Vehicle")
    @Inheritance(strategy = InheritanceType.JOINED)
    static class Vehicle {
        @Id
        int id;

        String plate;
    }

    @Entity(name = "Car")
    static class Car extends Vehicle {
        int seats;
    }

    /** Its key is the application's, and it has a text and bytes of any length. */
    @Entity(name = "Rate")
    static class Rate {
        @Id
        String code;

        int rate;

        @Column(length = 1_000_000)
        String text;

        @Column(length = 1_000_000)
        byte[] bytes;

        Rate() {}

        Rate(String code, int rate) {
            this.code = code;
            this.rate = rate;
            this.text = "tëxt ".repeat(20_000);
            this.bytes = new byte[100_000];
            bytes[5] = (byte) rate;
        }
    }

    @Entity(name = "Ticket")
    static class Ticket {
        @Id
        @GeneratedValue(strategy = GenerationType.TABLE, generator = "ticket")
        @TableGenerator(name = "ticket", table = "numbers", allocationSize = 5)
        Long id;

        String holder;
    }

    /** Its collection has neither order nor key. */
    @Entity(name = "Note")
    static class Note {
        @Id
        int id;

        @ElementCollection
        List<String> remarks = new ArrayList<>();
    }

    @Override
    void prepare() {
        factory = factory(Map.of());
    }

    private SessionFactory factory(Map<String, Object> more) {
        HibernatePersistenceConfiguration configuration = new HibernatePersistenceConfiguration("test");
        configuration.managedClasses(
                Customer.class,
                Purchase.class,
                Item.class,
                Vehicle.class,
                Car.class,
                Rate.class,
                Ticket.class,
                Note.class);
        configuration.property(AvailableSettings.JAKARTA_NON_JTA_DATASOURCE, ground.dataSource());
        configuration.property(AvailableSettings.HBM2DDL_AUTO, "update");
        configuration.property(AvailableSettings.STATEMENT_BATCH_SIZE, 10);
        configuration.property(AvailableSettings.ORDER_INSERTS, true);
        configuration.property(AvailableSettings.ORDER_UPDATES, true);
        configuration.properties(more);
        return configuration.createEntityManagerFactory();
    }

    @Override
    void stop() {
        factory.close();
    }

    private void inLocal(Consumer<EntityManager> work) {
        factory.runInTransaction(work);
    }

    /** Some rows, written outside of any global transaction. */
    private Long purchase() {
        return factory.callInTransaction(session -> {
            Customer customer = new Customer("Ann");
            session.persist(customer);
            Purchase purchase = new Purchase(customer, "10.50").with("pen").with("ink");
            purchase.tags.addAll(Set.of("a", "b"));
            session.persist(purchase);
            return purchase.id;
        });
    }

    @Test
    void graphsWithIdentityAndSequenceKeysAreUndone() {
        purchase();
        ground.isUndone(() -> inLocal(HibernateIT::persistMany));
        ground.isUndone(() -> {
            inLocal(HibernateIT::persistMany);
            inLocal(HibernateIT::persistMany);
        });
    }

    @Test
    void graphsWithIdentityAndSequenceKeysAreKept() throws Exception {
        ground.isKept(() -> inLocal(HibernateIT::persistMany));
        assertThat(ground.rows("SELECT COUNT(*) FROM Item i JOIN Purchase p ON p.id = i.purchase_id JOIN Customer c ON"
                        + " c.id = p.customer_id WHERE c.name = 'many'"))
                .containsExactly("69");
    }

    private static void persistMany(EntityManager session) {
        Customer customer = new Customer("many");
        session.persist(customer);
        assertThat(customer.id).isNotNull();
        for (int i = 0; i < 23; i++) {
            Purchase purchase =
                    new Purchase(customer, i + ".25").with("x").with("y").with("z");
            purchase.tags.addAll(Set.of("t", "t" + i));
            session.persist(purchase);
        }
        session.flush();
        session.createQuery("from Item where product = 'y' and purchase.customer = :c", Item.class)
                .setParameter("c", customer)
                .getResultList()
                .forEach(item -> item.quantity = 7);
    }

    @Test
    void versionedEntitiesInBatchesAreUndone() {
        Long id = purchase();
        ground.isUndone(() -> inLocal(session -> {
            Purchase purchase = session.find(Purchase.class, id);
            purchase.total = null;
            purchase.customer.name = "Eve";
            purchase.items.forEach(item -> item.quantity += 3);
            purchase.items.remove(0);
            purchase.with("paper");
            purchase.tags.remove("a");
            purchase.tags.add("c");
            session.flush();
            assertThat(purchase.version).isEqualTo(1);
        }));
        ground.isUndone(() -> inLocal(session -> {
            session.remove(session.find(Purchase.class, id));
        }));
    }

    @Test
    void aStaleVersionIsFoundByTheCountsOfABatch() {
        Long id = purchase();
        try (EntityManager session = factory.createEntityManager()) {
            List<Item> items = session.find(Purchase.class, id).items;
            assertThat(items).hasSize(2);
            ground.database().run("UPDATE Item SET version = 9 WHERE id = " + items.get(1).id);
            assertThat(ground.refusal(() -> {
                        session.getTransaction().begin();
                        items.forEach(item -> item.quantity += 3);
                        session.getTransaction().commit();
                    }))
                    .isInstanceOf(RollbackException.class)
                    .hasCauseInstanceOf(OptimisticLockException.class);
        }
    }

    @Test
    void bulkStatementsAreUndone() {
        Long id = purchase();
        ground.isUndone(() -> inLocal(session -> {
            assertThat(session.createQuery("update Item i set i.quantity = i.quantity * 2 where i.purchase.id = :id")
                            .setParameter("id", id)
                            .executeUpdate())
                    .isEqualTo(2);
            // On H2 a condition through an association makes a MERGE of its row ids, which is refused.
            String ann = base == Base.H2 ? "" : "p.customer.name = 'Ann' and ";
            assertThat(session.createQuery("update versioned Purchase p set p.total = 1 where " + ann
                                    + "exists (select 1 from Item i where i.purchase = p and i.product = 'ink')")
                            .executeUpdate())
                    .isPositive();
            assertThat(session.createQuery("delete from Item i where i.purchase.id = :id and i.product like 'p%'")
                            .setParameter("id", id)
                            .executeUpdate())
                    .isEqualTo(1);
            assertThat(session.createQuery("delete from Item i where i.purchase.id in"
                                    + " (select p.id from Purchase p where p.id = :id)")
                            .setParameter("id", id)
                            .executeUpdate())
                    .isEqualTo(1);
        }));
    }

    @Test
    void rowsLockedForAWriteAreReadWhenNoOtherGlobalTransactionHasThem() {
        Long id = purchase();
        ground.isUndone(() -> inLocal(session -> {
            Purchase purchase = session.find(Purchase.class, id);
            session.lock(purchase, LockModeType.PESSIMISTIC_WRITE);
            purchase.total = BigDecimal.ONE;
            Item pen = purchase.items.get(0);
            session.refresh(pen, LockModeType.PESSIMISTIC_WRITE);
            pen.quantity = 9;
            Item ink = session.createQuery("from Item where purchase.id = :id and product = 'ink'", Item.class)
                    .setParameter("id", id)
                    .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                    .setHint("jakarta.persistence.lock.timeout", -2) // skip locked
                    .getSingleResult();
            session.lock(ink, LockModeType.PESSIMISTIC_FORCE_INCREMENT);
        }));
    }

    /** On MariaDB, which can not say which table to lock, the rows of both. */
    @Test
    void aRowIsLockedWithWhatItReadsEagerly() throws Exception {
        Long id = purchase();
        Ground.Work work = () -> inLocal(
                session -> session.find(Purchase.class, id, LockModeType.PESSIMISTIC_WRITE).total = BigDecimal.ONE);
        ground.isUndone(work);
        assertThat(ground.conflict("UPDATE Purchase SET total = 3 WHERE id = " + id, work))
                .isInstanceOf(PessimisticLockException.class);
    }

    @Test
    void aCollectionWhoseTableHasNoKeyIsRefused() {
        assertThat(ground.refusal(() -> inLocal(session -> {
                    Note note = new Note();
                    note.remarks.add("x");
                    session.persist(note);
                })))
                .rootCause()
                .hasMessageContaining("no primary key");
    }

    @Test
    void aConflictIsHibernatesLockException() throws Exception {
        Long id = purchase();
        Long item = Long.valueOf(ground.rows("SELECT MIN(id) FROM Item WHERE purchase_id = " + id)
                .get(0));
        assertThat(ground.conflict(
                        "UPDATE Item SET quantity = 3 WHERE id = " + item,
                        () -> inLocal(session -> session.find(Item.class, item, LockModeType.PESSIMISTIC_WRITE))))
                .isInstanceOf(PessimisticLockException.class)
                .rootCause()
                .hasMessageContaining("is held by");
    }

    /** At the local commit there is no statement of which Hibernate would translate the error. */
    @Test
    void aConflictAtTheLocalCommitHasTheSqlStateInItsRootCause() throws Exception {
        Long id = purchase();
        Throwable raised = ground.conflict(
                "UPDATE Purchase SET total = 3 WHERE id = " + id,
                () -> inLocal(session -> session.find(Purchase.class, id).total = BigDecimal.TEN));
        assertThat(raised)
                .isInstanceOf(RollbackException.class)
                .hasCauseInstanceOf(TransactionException.class)
                .cause()
                .cause()
                .isInstanceOf(SQLTransactionRollbackException.class)
                .hasCauseInstanceOf(LockConflictException.class);
    }

    @Test
    void entitiesThatAreMergedDetachedOrUpsertedAreUndone() {
        Long id = purchase();
        inLocal(session -> session.persist(new Rate("EUR", 1)));
        Purchase detached = factory.callInTransaction(session -> session.find(Purchase.class, id));
        detached.items = new ArrayList<>();
        detached.tags = new HashSet<>(Set.of("z"));
        detached.total = new BigDecimal("0.01");
        ground.isUndone(() -> inLocal(session -> {
            session.merge(detached);
            Rate rate = session.merge(new Rate("EUR", 2));
            assertThat(rate.rate).isEqualTo(2);
            session.merge(new Rate("USD", 3));
        }));
        ground.isUndone(() -> factory.inStatelessTransaction(session -> {
            session.upsert(new Rate("EUR", 5));
            session.upsert(new Rate("CHF", 6));
            session.insert(new Rate("GBP", 7));
            session.delete(new Rate("EUR", 5));
        }));
    }

    @Test
    void inAutocommitModeTheConnectionIsGivenBackAfterEachStatement() {
        ground.isUndone(() -> {
            try (var session = factory.openStatelessSession()) {
                session.insert(new Rate("JPY", 5));
                session.insert(new Customer("auto"));
            }
        });
        // The restore gives its own back a moment after its rows can be seen.
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(ground.pool().getHikariPoolMXBean().getActiveConnections())
                                .isZero());
    }

    /** PostgreSQL: a query that writes; MariaDB and H2: a temporary table. */
    @Test
    void oneStatementOverTheTablesOfAHierarchyIsRefused() {
        assertThat(ground.refusal(() -> inLocal(
                        session -> session.createQuery(UPDATE_OF_TWO_TABLES).executeUpdate())))
                .hasMessageContaining("refused inside the global transaction")
                .hasMessageContaining("Remedy: ");
    }

    @Test
    void theInlineStrategyWritesTheTablesOfAHierarchyAlsoWithoutAutocommit() {
        inLocal(session -> {
            for (int i = 1; i < 4; i++) {
                Car car = new Car();
                car.id = i;
                car.plate = "P" + i;
                car.seats = i;
                session.persist(car);
            }
        });
        HikariDataSource pool = ground.newPool();
        pool.setAutoCommit(false);
        try (EntityManagerFactory other = factory(Map.of(
                AvailableSettings.JAKARTA_NON_JTA_DATASOURCE,
                ground.manage(pool),
                AvailableSettings.CONNECTION_PROVIDER_DISABLES_AUTOCOMMIT,
                true,
                AvailableSettings.ISOLATION,
                "REPEATABLE_READ",
                AvailableSettings.HBM2DDL_AUTO,
                "none",
                "hibernate.query.mutation_strategy",
                "org.hibernate.query.sqm.mutation.internal.inline.InlineMutationStrategy"))) {
            ground.isUndone(() -> other.runInTransaction(session -> {
                assertThat(session.createQuery(UPDATE_OF_TWO_TABLES).executeUpdate())
                        .isEqualTo(2);
                assertThat(session.createQuery("delete from Car where seats = 1")
                                .executeUpdate())
                        .isEqualTo(1);
                persistMany(session);
            }));
        }
    }

    /** The generator takes numbers in a local transaction of its own, which is a branch as any other. */
    @Test
    void numbersTakenFromATableAreUndoneAndKept() throws Exception {
        Ground.Work work = () -> inLocal(session -> session.persist(new Ticket()));
        ground.isUndone(work);
        ground.isKept(work);
    }
}
