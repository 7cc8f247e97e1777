package io.dtx.server.log;

import io.dtx.server.log.LogSettings.Peer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a node of several remembers of its membership, in the file {@code member} of its data directory:
 *
 * <pre>
 * dtx-member 1
 * id     this node's
 * group  the log's group: UUID; its first half tells the list of peers, its second half the life
 * state  founding | member
 * peer   id host:port door            ; one line for each, in order of the ids
 * </pre>
 *
 * A node without this file holds nothing that counts: it has never voted, and has acknowledged no entry.
 *
 * @param founding this node is the first of a new log, and may have died before the log's first entry was durable
 */
record Member(String id, UUID group, boolean founding, List<Peer> peers) {

    static final String FILE = "member";
    private static final String MAGIC = "dtx-member 1";

    static Member founding(LogSettings settings, SecureRandom random) {
        return new Member(settings.id(), new UUID(digest(settings.peers()), random.nextLong()), true, settings.peers());
    }

    static Member of(LogSettings settings, UUID group) {
        return new Member(settings.id(), group, false, settings.peers());
    }

    Member founded() {
        return new Member(id, group, false, peers);
    }

    /** Whether a group was made by nodes that were given this list of peers. */
    static boolean agrees(UUID group, List<Peer> peers) {
        return group.getMostSignificantBits() == digest(peers);
    }

    private static long digest(List<Peer> peers) {
        String all = peers.stream().map(Member::line).collect(Collectors.joining("\n"));
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(hash).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static String line(Peer peer) {
        return peer.id() + " " + peer.address() + " " + peer.door();
    }

    /** @return null if the directory has none */
    static @Nullable Member read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return null;
        }
        String id = null;
        UUID group = null;
        String state = null;
        List<Peer> peers = new ArrayList<>();
        List<String> lines = Files.readAllLines(file);
        try {
            for (String line : lines) {
                String[] words = line.split(" ", -1);
                switch (words[0]) {
                    case "id" -> id = words[1];
                    case "group" -> group = UUID.fromString(words[1]);
                    case "state" -> state = words[1];
                    case "peer" -> peers.add(peer(words));
                    default -> {
                        if (!line.equals(MAGIC)) {
                            throw new IllegalArgumentException(line);
                        }
                    }
                }
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw damaged(file, e);
        }
        if (id == null
                || group == null
                || state == null
                || peers.isEmpty()
                || !lines.get(0).equals(MAGIC)) {
            throw damaged(file, null);
        }
        return new Member(id, group, state.equals("founding"), peers);
    }

    private static Peer peer(String[] words) {
        int colon = words[2].lastIndexOf(':');
        String host = words[2].substring(0, colon);
        return new Peer(
                words[1],
                host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
                Integer.parseInt(words[2].substring(colon + 1)),
                words[3]);
    }

    /** Returns when it is durable. */
    void write(Path directory) throws IOException {
        List<String> lines = new ArrayList<>(
                List.of(MAGIC, "id " + id, "group " + group, "state " + (founding ? "founding" : "member")));
        peers.forEach(peer -> lines.add("peer " + line(peer)));
        Path temporary = directory.resolve(FILE + ".tmp");
        Files.write(temporary, lines);
        DataDirectory.force(temporary);
        Files.move(
                temporary,
                directory.resolve(FILE),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        DataDirectory.forceDirectory(directory);
    }

    private static IOException damaged(Path file, @Nullable Throwable cause) {
        return new IOException(
                "the file " + file + " is damaged: empty this node's data directory, so that it joins the others anew",
                cause);
    }
}
