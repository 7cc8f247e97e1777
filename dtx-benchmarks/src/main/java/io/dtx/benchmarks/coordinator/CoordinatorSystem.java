package io.dtx.benchmarks.coordinator;

import io.dtx.benchmarks.coordinator.client.Burst;
import io.dtx.benchmarks.coordinator.dtx.DtxTransactions;
import io.dtx.benchmarks.transfer.Cpu;
import io.dtx.benchmarks.transfer.DtxCoordinators;
import io.dtx.benchmarks.transfer.JavaProcess;
import io.dtx.benchmarks.transfer.SeataServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Coordinators of one flavour and their clients, all running until closed. */
final class CoordinatorSystem implements AutoCloseable {

    private static final int CLIENTS = 2;
    private static final int HELD_LOCKS_EACH = 100;
    private static final String SEATA_TRANSACTIONS = "io.dtx.benchmarks.coordinator.seata.SeataTransactions";

    private final Workload workload;
    private final List<JavaProcess> coordinators = new ArrayList<>();
    private final List<ClientDriver> clients = new ArrayList<>();
    private long released;

    CoordinatorSystem(Workload workload, Settings settings) throws IOException, InterruptedException {
        this.workload = workload;
        Path directory = Files.createDirectories(
                settings.out().resolve(workload.series()).resolve(workload.title()));
        boolean started = false;
        try {
            boolean seata = workload.flavour().equals("seata");
            String address = seata
                    ? new SeataServer(settings.home(), directory, coordinators).start(null)
                    : new DtxCoordinators(settings.home(), directory, coordinators)
                            .start(
                                    workload.nodes(),
                                    settings.jvm(),
                                    List.of("--dtx.server.limits.undecided-transactions=1000000"));
            String classPath =
                    seata ? SeataServer.clientClassPath(settings.home()) : System.getProperty("java.class.path");
            String transactions = seata ? SEATA_TRANSACTIONS : DtxTransactions.class.getName();
            for (int i = 1; i <= CLIENTS; i++) {
                clients.add(new ClientDriver(
                        classPath, transactions, address, i, directory.resolve("client" + i + ".log")));
            }
            hold();
            started = true;
        } finally {
            if (!started) {
                close();
            }
        }
    }

    private void hold() throws IOException {
        int transactions = workload.heldLocks() / HELD_LOCKS_EACH;
        if (transactions > 0) {
            clients.get(0).hold(transactions, HELD_LOCKS_EACH);
        }
        if (workload.unfinished() > 0) {
            clients.get(0).hold(workload.unfinished(), 1);
        }
    }

    Workload workload() {
        return workload;
    }

    /** All clients at once; what is left to release is waited for, and its price counted. */
    Measurement run(int round, int callers, int seconds) throws IOException, InterruptedException {
        Map<String, List<ProcessHandle>> processes = new LinkedHashMap<>();
        processes.put(
                "coordinator", coordinators.stream().map(JavaProcess::handle).toList());
        processes.put("clients", clients.stream().map(ClientDriver::handle).toList());
        Cpu before = Cpu.now(processes);
        for (ClientDriver client : clients) {
            client.orderRun(callers / CLIENTS, seconds);
        }
        List<Burst> bursts = new ArrayList<>();
        for (ClientDriver client : clients) {
            bursts.add(client.burst());
        }
        long done = bursts.stream().mapToLong(Burst::done).sum();
        boolean settled = settles(2 * done);
        Map<String, Double> cpu = Cpu.now(processes).perUnitSince(before, done);
        return Measurement.of(workload, round, bursts, cpu, Memory.ofAll(processes), settled);
    }

    /** Waits until so many more branches were released; in vain after a minute, if the coordinator left some to be swept. */
    private boolean settles(long branches) throws IOException, InterruptedException {
        long all = 0;
        for (int i = 0; i < 600 && all < released + branches; i++) {
            all = 0;
            for (ClientDriver client : clients) {
                all += client.released();
            }
            Thread.sleep(100);
        }
        boolean settled = all >= released + branches;
        released = all;
        return settled;
    }

    @Override
    public void close() {
        clients.forEach(ClientDriver::close);
        coordinators.forEach(JavaProcess::close);
    }
}
