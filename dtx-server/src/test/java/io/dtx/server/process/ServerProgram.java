package io.dtx.server.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The runnable jar, and how tests start it. */
final class ServerProgram {

    /** The jar with its libraries beside it instead of inside: half of what a start takes goes into reading jars in a jar. */
    private static final Path UNPACKED = unpack();

    private ServerProgram() {}

    /** As users start it. */
    static List<String> packed() {
        return List.of(java(), "-Xmx256m", "-jar", jar().toString());
    }

    /** The same classes, started with a third of the work. */
    static List<String> unpacked() {
        return List.of(java(), "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", UNPACKED.toString());
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** The only one of its kind, as the README has it. */
    private static Path jar() {
        try (Stream<Path> files = Files.list(Path.of("target"))) {
            List<Path> jars = files.filter(file -> file.getFileName().toString().matches("dtx-server-.*\\.jar"))
                    .toList();
            if (jars.size() != 1) {
                throw new IllegalStateException("not one runnable jar in target: " + jars);
            }
            return jars.get(0).toAbsolutePath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Two JVMs may run tests at a time: one unpacks, the other waits for it, and nobody unpacks what has been unpacked. */
    private static Path unpack() {
        Path jar = jar();
        Path target = jar.resolveSibling("server-program");
        Path unpacked = target.resolve(jar.getFileName());
        Path done = jar.resolveSibling("server-program.done");
        // A file of its own: whoever closes a file that is read loses the locks on it.
        Path lock = jar.resolveSibling("server-program.lock");
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.lock(); // until the channel is closed
            String of = Files.getLastModifiedTime(jar) + " " + Files.size(jar);
            if (!Files.exists(done) || !Files.readString(done).equals(of)) {
                extract(jar, target);
                Files.writeString(done, of);
            }
            return unpacked;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + jar + " was unpacked", e);
        }
    }

    private static void extract(Path jar, Path target) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(java(), "-Djarmode=tools", "-jar", jar.toString()));
        command.addAll(List.of("extract", "--force", "--destination", target.toString()));
        int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (exit != 0) {
            throw new IllegalStateException(command + " ended with " + exit);
        }
    }
}
