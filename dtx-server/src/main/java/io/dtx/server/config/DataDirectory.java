package io.dtx.server.config;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** The directory that is the coordinator's memory. */
final class DataDirectory {

    private DataDirectory() {}

    /** Makes it if need be, readable for nobody else, and checks that it can be written to. */
    static Path prepare(Path directory) {
        Path absolute = directory.toAbsolutePath().normalize();
        try {
            if (!Files.isDirectory(absolute)) {
                Files.createDirectories(absolute.getParent() == null ? absolute : absolute.getParent());
                Files.createDirectory(absolute, ownerOnly(absolute, "rwx------"));
            }
        } catch (FileAlreadyExistsException e) {
            throw problem(absolute + " is in the way: the data directory can not be made there", e);
        } catch (IOException e) {
            throw problem("the data directory " + absolute + " can not be made: " + e.getMessage(), e);
        }
        if (!Files.isWritable(absolute)) {
            throw problem("the data directory " + absolute + " is not writable", null);
        }
        return absolute;
    }

    /** Nothing where the file system knows no such permissions. */
    static FileAttribute<?>[] ownerOnly(Path path, String permissions) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    private static StartException problem(String what, @org.jspecify.annotations.Nullable Throwable cause) {
        return new StartException(what, "Set dtx.server.data-dir to a directory of this process's own.", cause);
    }
}
