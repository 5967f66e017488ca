/* SPDX-License-Identifier: Apache-2.0
 *
 * file.c - see file.h.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int (*file_fault)(const char *step);

/* Whether a step may go ahead. */
static bool may(const char *step)
{
    int error = file_fault == NULL ? 0 : file_fault(step);
    if (error != 0)
        errno = error;
    return error == 0;
}

static bool write_all(int descriptor, const char *bytes, size_t length, off_t offset)
{
    size_t done = 0;
    while (done < length) {
        ssize_t written = pwrite(descriptor, bytes + done, length - done, offset + (off_t)done);
        if (written < 0 && errno != EINTR)
            return false;
        if (written == 0) {
            errno = ENOSPC;
            return false;
        }
        done += written > 0 ? (size_t)written : 0;
    }
    return true;
}

bool file_write_at(int descriptor, const char *bytes, size_t length, off_t offset)
{
    if (!may("write"))
        return false;
    if (file_fault == NULL)
        return write_all(descriptor, bytes, length, offset);
    /* A write is no single step: a disk fills up, and a process ends, in the middle of one, though never in
     * the middle of a sector. */
    size_t half = length / 2 / 512 * 512;
    return write_all(descriptor, bytes, half, offset) && may("write-half") &&
           write_all(descriptor, bytes + half, length - half, offset + (off_t)half);
}

bool file_sync(int descriptor)
{
    return may("sync") && fdatasync(descriptor) == 0;
}

bool file_truncate(int descriptor, off_t length)
{
    return may("truncate") && ftruncate(descriptor, length) == 0;
}

bool file_remove(const char *path)
{
    return may("remove") && (unlink(path) == 0 || errno == ENOENT);
}

/* The directory that a path lies in, "." where it names none; newly allocated, NULL without memory. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return strdup(".");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

bool file_sync_directory(const char *path)
{
    char *directory = directory_of(path);
    if (directory == NULL)
        return false;
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Some file systems can't sync a directory, and say so with EINVAL. */
    bool done = descriptor >= 0 && may("sync-directory") && (fsync(descriptor) == 0 || errno == EINVAL);
    int error = errno;
    if (descriptor >= 0)
        close(descriptor);
    free(directory);
    errno = error;
    return done;
}

int file_create(const char *path, int flags)
{
    if (!may("create"))
        return -1;
    return open(path, O_CREAT | O_CLOEXEC | O_NOCTTY | flags, 0600);
}

bool file_reserve(int descriptor, off_t length)
{
    if (!may("reserve"))
        return false;
    if (length == 0 || fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, length) == 0)
        return true;
    return errno != ENOSPC && errno != EDQUOT && errno != EFBIG;
}

static bool write_parts(int descriptor, const struct file_part *parts, size_t count)
{
    off_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (!file_write_at(descriptor, parts[i].bytes, parts[i].length, at))
            return false;
        at += (off_t)parts[i].length;
    }
    return true;
}

/* Takes the room for all of it first: that fails sooner, and writes nothing. */
static bool reserve_parts(int descriptor, const struct file_part *parts, size_t count, size_t room)
{
    for (size_t i = 0; i < count; i++)
        room += parts[i].length;
    return room <= INT64_MAX && file_reserve(descriptor, (off_t)room);
}

static bool write_new(const char *path, const struct file_part *parts, size_t count, size_t room)
{
    int descriptor = file_create(path, O_WRONLY | O_TRUNC | O_NOFOLLOW);
    if (descriptor < 0)
        return false;
    /* One that was there already may be open to others. */
    bool done = fchmod(descriptor, 0600) == 0 && reserve_parts(descriptor, parts, count, room) &&
                write_parts(descriptor, parts, count) && file_sync(descriptor);
    int error = errno;
    if (close(descriptor) != 0 && done) {
        error = errno;
        done = false;
    }
    errno = error;
    return done;
}

bool file_replace_parts(const char *path, const struct file_part *parts, size_t count, size_t room)
{
    char *temporary = NULL;
    if (asprintf(&temporary, "%s.new", path) < 0) {
        errno = ENOMEM;
        return false;
    }
    bool done = write_new(temporary, parts, count, room) && may("rename") && rename(temporary, path) == 0;
    int error = errno;
    if (!done)
        unlink(temporary);
    free(temporary);
    errno = error;
    return done && file_sync_directory(path);
}

bool file_replace(const char *path, const char *bytes, size_t length)
{
    return file_replace_parts(path, &(struct file_part){bytes, length}, 1, 0);
}

/* What is read from a pipe or taken by a device has no length and no place to go back to. */
static bool write_into(const char *path, const char *bytes, size_t length)
{
    int descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    bool done = descriptor >= 0;
    for (size_t at = 0; done && at < length;) {
        ssize_t written = write(descriptor, bytes + at, length - at);
        done = written >= 0 || errno == EINTR;
        at += written > 0 ? (size_t)written : 0;
    }
    int error = errno;
    if (descriptor >= 0)
        close(descriptor);
    errno = error;
    return done;
}

bool file_replace_named(const char *path, const char *bytes, size_t length)
{
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return write_into(path, bytes, length);
    char *real = file_real(path);
    bool done = real != NULL && file_replace(real, bytes, length);
    int error = errno;
    free(real);
    errno = error;
    return done;
}

bool file_set_aside(const char *path, char **name)
{
    for (unsigned i = 1; i < 10000; i++) {
        if (asprintf(name, "%s.%u", path, i) < 0)
            break;
        if (renameat2(AT_FDCWD, path, AT_FDCWD, *name, RENAME_NOREPLACE) == 0)
            return true;
        int error = errno;
        free(*name);
        errno = error;
        if (error != EEXIST)
            break;
    }
    *name = NULL;
    return false;
}

char *file_read(int descriptor, size_t *length)
{
    size_t capacity = 0;
    char *bytes = NULL;
    *length = 0;
    for (;;) {
        if (capacity - *length < 2) {
            struct stat status;
            size_t wanted = capacity * 2 + 4096;
            if (capacity == 0 && fstat(descriptor, &status) == 0 && status.st_size > 0)
                wanted = (size_t)status.st_size + 2;
            char *grown = realloc(bytes, wanted);
            if (grown == NULL)
                break;
            bytes = grown;
            capacity = wanted;
        }
        ssize_t got = pread(descriptor, bytes + *length, capacity - *length - 1, (off_t)*length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        *length += (size_t)got;
        if (got == 0) {
            bytes[*length] = '\0';
            return bytes;
        }
    }
    int error = errno;
    free(bytes);
    errno = error;
    return NULL;
}

/* Where a link leads. NULL where it is none, or without memory. */
static char *follow_link(const char *path)
{
    char target[PATH_MAX + 1], *followed = NULL;
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length <= 0)
        return NULL;
    target[length] = '\0';
    if (*target == '/')
        return strdup(target);
    char *directory = directory_of(path);
    int written = directory == NULL ? -1 : asprintf(&followed, "%s/%s", directory, target);
    free(directory);
    return written < 0 ? NULL : followed;
}

char *file_real(const char *path)
{
    enum { LINKS_MAX = 40 }; /* as Linux has it */
    char *real = realpath(path, NULL);
    if (real != NULL)
        return real;
    real = strdup(path);
    for (int i = 0; real != NULL && i < LINKS_MAX; i++) {
        char *next = follow_link(real);
        if (next == NULL)
            break;
        free(real);
        real = next;
    }
    return real;
}

char *file_beside(const char *path, const char *prefix, const char *suffix)
{
    const char *slash = strrchr(path, '/');
    int directory = slash == NULL ? 0 : (int)(slash - path + 1);
    char *beside = NULL;
    int written = asprintf(&beside, "%.*s%s%s%s", directory, path, prefix, path + directory, suffix);
    return written < 0 ? NULL : beside;
}
