package io.dtx.samples.demo;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The demo as its user runs it, on free ports. */
class DemoIT {

    @ParameterizedTest
    @CsvSource({"mariadb, none", "postgresql, eureka"})
    void sevenTransfersAreRight(String database, String discovery) throws Exception {
        try (RunningDemo demo = RunningDemo.start("-Ddemo.database=" + database, "-Ddemo.discovery=" + discovery)) {
            assertThat(demo.allItSays())
                    .contains("7 of 7 right.")
                    .contains(discovery.equals("eureka") ? "the registry knows BANK2" : "bank2 is healthy");
            assertThat(demo.exitStatus()).isZero();
        }
    }

    @Test
    void withoutDtxTheVerdictsAreWrongAndTheDemoFails() throws Exception {
        try (RunningDemo demo = RunningDemo.start("-Ddemo.dtx=off")) {
            assertThat(demo.allItSays()).contains("2 of 7 right.", "WRONG 6. bank2 is killed: 60.00 are lost");
            assertThat(demo.exitStatus()).isEqualTo(1);
        }
    }

    @Test
    void nothingSurvivesADemoThatIsStopped() throws Exception {
        try (RunningDemo demo = RunningDemo.start()) {
            demo.readTo("1. All goes well");
            List<ProcessHandle> children = demo.children();
            assertThat(children).hasSizeGreaterThanOrEqualTo(4);
            demo.stop();
            assertThat(children).noneMatch(ProcessHandle::isAlive);
            assertThat(demo.allItSays()).doesNotContain("could not be run", "Exception");
        }
    }

    @Test
    void whatIsKeptRunningCanBeTriedAndEndsWithTheDemo() throws Exception {
        try (RunningDemo demo = RunningDemo.start("-Ddemo.keep", "-Ddemo.dtx=off")) {
            String curl = demo.readTo("curl http");
            assertThat(Http.get(curl.substring(curl.indexOf("http"))).isOk()).isTrue();
            List<ProcessHandle> children = demo.children();
            demo.stop();
            assertThat(children).isNotEmpty().noneMatch(ProcessHandle::isAlive);
        }
    }

    @Test
    void aTakenPortIsOneLineAndNothingIsStarted() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RunningDemo demo = RunningDemo.start("-Ddemo.bank1.port=" + taken.getLocalPort())) {
            assertThat(demo.allItSays().lines())
                    .singleElement()
                    .asString()
                    .contains("Port " + taken.getLocalPort(), "-Ddemo.bank1.port");
            assertThat(demo.exitStatus()).isEqualTo(2);
        }
    }

    private record RunningDemo(Process process, BufferedReader output) implements AutoCloseable {

        static RunningDemo start(String... options) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    "-Ddemo.home=.."));
            for (Service service : Service.values()) {
                command.add("-D" + service.portOption() + "=0");
            }
            command.addAll(List.of(options));
            command.add(Demo.class.getName());
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            return new RunningDemo(process, process.inputReader());
        }

        /** Reads on to a line with this in it, and returns that line. */
        String readTo(String part) throws IOException {
            List<String> lines = new ArrayList<>();
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
                if (line.contains(part)) {
                    return line;
                }
            }
            throw new AssertionError("no \"" + part + "\" in\n" + String.join("\n", lines));
        }

        String allItSays() {
            return String.join("\n", output.lines().toList());
        }

        int exitStatus() throws InterruptedException {
            return process.waitFor();
        }

        List<ProcessHandle> children() {
            return process.descendants().toList();
        }

        /** As Ctrl-C does. */
        void stop() {
            // Not process.destroy(), which would close its output too.
            process.toHandle().destroy();
            process.onExit().orTimeout(30, SECONDS).join();
        }

        @Override
        public void close() {
            stop();
        }
    }
}
