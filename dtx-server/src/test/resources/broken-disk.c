/*
 * A disk that breaks, for one process: loaded before its libraries, it lets calls fail on what is below BROKEN_DISK while a file
 * named BROKEN_DISK.<fault> is there.
 *
 *   read-only   nothing can be written or changed any more, as after the kernel has found the file system damaged
 *   fsync       what was written may or may not be on the disk, and cannot be made to be
 *   full        no byte more
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int below(const char *path) {
    const char *disk = getenv("BROKEN_DISK");
    return disk != NULL && strncmp(path, disk, strlen(disk)) == 0 && path[strlen(disk)] == '/';
}

static int on_disk(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) {
        return 0;
    }
    path[length] = 0;
    return below(path);
}

static int is(const char *fault) {
    char path[4096];
    snprintf(path, sizeof path, "%s.%s", getenv("BROKEN_DISK"), fault);
    int before = errno;
    int there = access(path, F_OK) == 0;
    errno = before;
    return there;
}

/* What writing to this file is to fail with; 0 for nothing. */
static int write_error(int fd) {
    if (!on_disk(fd)) {
        return 0;
    }
    return is("read-only") ? EROFS : is("full") ? ENOSPC : 0;
}

static int change_error(const char *path) {
    return below(path) && is("read-only") ? EROFS : 0;
}

#define REAL(name) ((typeof(&name)) dlsym(RTLD_NEXT, #name))
#define FAIL_IF(error) \
    do { \
        int failure = (error); \
        if (failure != 0) { \
            errno = failure; \
            return -1; \
        } \
    } while (0)

int fsync(int fd) {
    FAIL_IF(on_disk(fd) && is("fsync") ? EIO : 0);
    return REAL(fsync)(fd);
}

int fdatasync(int fd) {
    FAIL_IF(on_disk(fd) && is("fsync") ? EIO : 0);
    return REAL(fdatasync)(fd);
}

ssize_t write(int fd, const void *bytes, size_t size) {
    FAIL_IF(write_error(fd));
    return REAL(write)(fd, bytes, size);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
    FAIL_IF(write_error(fd));
    return REAL(pwrite64)(fd, bytes, size, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    FAIL_IF(write_error(fd));
    return REAL(writev)(fd, parts, count);
}

int ftruncate64(int fd, off64_t size) {
    FAIL_IF(on_disk(fd) && is("read-only") ? EROFS : 0);
    return REAL(ftruncate64)(fd, size);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    FAIL_IF((flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0 ? change_error(path) : 0);
    return REAL(open64)(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    FAIL_IF((flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0 ? change_error(path) : 0);
    return REAL(open)(path, flags, mode);
}

int rename(const char *from, const char *to) {
    FAIL_IF(change_error(from));
    return REAL(rename)(from, to);
}

int unlink(const char *path) {
    FAIL_IF(change_error(path));
    return REAL(unlink)(path);
}

int mkdir(const char *path, mode_t mode) {
    FAIL_IF(change_error(path));
    return REAL(mkdir)(path, mode);
}
