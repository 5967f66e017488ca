/* SPDX-License-Identifier: Apache-2.0
 *
 * local.c - a state in a local file, locked as Terraform locks it: an fcntl write lock on the whole file, and
 * .NAME.lock.info beside it that says who holds it.
 *
 * Such a lock belongs to the process and the inode, and goes with the first descriptor of that inode that
 * this process closes. So the file is opened once, and read and written through that one descriptor.
 */
#include "backend_internal.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

struct local {
    char *path, *info_path;
    int descriptor;         /* -1: not open yet */
    bool writable, created; /* the descriptor is for writing; it made the file */
    bool odd;               /* what lies there is no file */
};

static struct local *local_of(const struct backend *backend)
{
    return backend->own;
}

static void close_file(struct local *local)
{
    if (local->descriptor >= 0)
        close(local->descriptor);
    local->descriptor = -1;
}

/* Closes what is no file again: a state in a device is lost, and who reads a pipe may wait for ever. */
static bool check_file(struct local *local)
{
    struct stat status;
    local->odd = local->descriptor >= 0 && fstat(local->descriptor, &status) == 0 && !S_ISREG(status.st_mode);
    if (local->odd)
        close_file(local);
    return local->descriptor >= 0;
}

/* Why it could not be opened or written. */
static const char *reason(const struct local *local)
{
    return local->odd ? "it is a directory, a pipe or a device, and no file" : strerror(errno);
}

/* Opens for writing, making the file where there is none. False with reason(). */
static bool open_for_writing(struct local *local)
{
    if (local->descriptor >= 0 && local->writable)
        return true;
    close_file(local);
    local->descriptor = file_create(local->path, O_RDWR | O_EXCL);
    local->created = local->descriptor >= 0;
    if (local->descriptor < 0 && errno == EEXIST)
        local->descriptor = open(local->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    local->writable = check_file(local);
    return local->writable;
}

/* --- locking --- */

static struct flock whole_file(short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

/* Who the file beside the state says holds the lock; nothing where it can't be read. */
static void read_holder(const struct local *local, struct lock_info *held)
{
    size_t length = 0;
    int descriptor = open(local->info_path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
    if (descriptor < 0)
        return;
    char *text = file_read(descriptor, &length);
    close(descriptor);
    if (text != NULL && !lock_info_read(text, length, held))
        lock_info_clear(held);
    free(text);
}

/* Whether the path still leads to what was locked: the holder before may have removed an empty file. */
static bool still_there(const struct local *local)
{
    struct stat opened, found;
    return fstat(local->descriptor, &opened) == 0 && stat(local->path, &found) == 0 &&
           opened.st_ino == found.st_ino && opened.st_dev == found.st_dev;
}

/* Leaves word for others. Terraform goes on without, too. */
static void write_info(const struct local *local, const struct lock_info *info)
{
    char *text = lock_info_text(info);
    int descriptor =
        text == NULL ? -1
                     : open(local->info_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor >= 0) {
        ssize_t written = write(descriptor, text, strlen(text));
        (void)written;
        close(descriptor);
    }
    free(text);
}

static enum lock_result local_lock(struct backend *backend, const struct lock_info *info,
                                   struct lock_info *held, char **problem)
{
    struct local *local = local_of(backend);
    for (int i = 0; i < 10; i++) {
        struct flock lock = whole_file(F_WRLCK);
        if (!open_for_writing(local)) {
            *problem = backend_problem("open %s: %s", local->path, reason(local));
            return LOCK_FAILED;
        }
        if (fcntl(local->descriptor, F_SETLK, &lock) != 0) {
            bool busy = errno == EAGAIN || errno == EACCES;
            /* Go's word for it, which is in everybody's notes. */
            *problem = busy ? backend_problem("resource temporarily unavailable")
                            : backend_problem("%s can't be locked: %s", local->path, strerror(errno));
            if (busy)
                read_holder(local, held);
            close_file(local);
            return busy ? LOCK_HELD : LOCK_FAILED;
        }
        if (still_there(local)) {
            write_info(local, info);
            return LOCK_TAKEN;
        }
        close_file(local);
    }
    *problem = backend_problem("%s is replaced again and again", local->path);
    return LOCK_FAILED;
}

/* A file that locking made and nothing was written to goes again. */
static void remove_empty(struct local *local)
{
    struct stat status;
    if (local->created && fstat(local->descriptor, &status) == 0 && status.st_size == 0 && still_there(local))
        unlink(local->path);
}

static bool local_unlock(struct backend *backend, char **problem)
{
    struct local *local = local_of(backend);
    (void)problem;
    unlink(local->info_path);
    if (local->descriptor >= 0)
        remove_empty(local);
    close_file(local); /* and with it the lock */
    return true;
}

static bool local_force_unlock(struct backend *backend, const char *id, char **problem)
{
    (void)id;
    *problem = backend_problem("%s is a local file, whose lock ends with the process that holds it: end that "
                               "process",
                               backend->name);
    return false;
}

/* --- reading and writing --- */

static bool local_read(struct backend *backend, char **text, size_t *length, char **problem)
{
    struct local *local = local_of(backend);
    if (local->descriptor < 0) {
        local->descriptor = open(local->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        local->writable = false;
        check_file(local);
    }
    if (local->descriptor < 0 && !local->odd && errno == ENOENT) {
        *length = 0;
        *text = strdup("");
        return *text != NULL;
    }
    *text = local->descriptor < 0 ? NULL : file_read(local->descriptor, length);
    if (*text == NULL)
        *problem = backend_problem("%s can't be read: %s", local->path, reason(local));
    return *text != NULL;
}

/* Back to what was there. */
static void put_back(struct backend *backend)
{
    const struct local *local = local_of(backend);
    if (backend->text != NULL && file_write_at(local->descriptor, backend->text, backend->length, 0) &&
        file_truncate(local->descriptor, (off_t)backend->length))
        file_sync(local->descriptor);
}

static bool local_write(struct backend *backend, const char *text, size_t length, char **problem)
{
    struct local *local = local_of(backend);
    if (!open_for_writing(local) || fchmod(local->descriptor, 0600) != 0 ||
        !file_reserve(local->descriptor, (off_t)length)) {
        *problem = backend_problem("%s can't be written: %s", local->path, strerror(errno));
        return false;
    }
    /* The new text is synced before what lies behind it goes, so that at any moment each block of the file is
     * an old one or a new one. */
    if (file_write_at(local->descriptor, text, length, 0) && file_sync(local->descriptor) &&
        file_truncate(local->descriptor, (off_t)length) && file_sync(local->descriptor) &&
        (!local->created || file_sync_directory(local->path)))
        return true;
    *problem = backend_problem("%s can't be written: %s", local->path, strerror(errno));
    put_back(backend);
    return false;
}

static bool local_prepare(struct backend *backend, size_t length, char **problem)
{
    struct local *local = local_of(backend);
    struct statvfs disk;
    if (!open_for_writing(local)) {
        *problem = backend_problem("%s can't be written: %s. Nothing was changed. Allow this user to write "
                                   "it and its directory",
                                   local->path, reason(local));
        return false;
    }
    if (fstatvfs(local->descriptor, &disk) == 0 &&
        (unsigned long long)disk.f_bavail * disk.f_frsize < length) {
        *problem =
            backend_problem("The disk of %s is full: %zu bytes are needed at least. Nothing was changed",
                            local->path, length);
        return false;
    }
    return true;
}

static void local_close(struct backend *backend)
{
    struct local *local = local_of(backend);
    if (local->descriptor >= 0)
        remove_empty(local);
    close_file(local);
    free(local->path);
    free(local->info_path);
    free(local);
    backend->own = NULL;
}

static const struct backend_kind kind = {.lock = local_lock,
                                         .unlock = local_unlock,
                                         .force_unlock = local_force_unlock,
                                         .read = local_read,
                                         .write = local_write,
                                         .prepare = local_prepare,
                                         .close = local_close};

/* --- opening --- */

/* Where the state as it was is kept, with the time in its name. Of several in one second each gets its own.
 */
static char *dated_backup(const char *path)
{
    for (long long now = (long long)time(NULL);; now++) {
        struct stat status;
        char *name = backend_problem("%s.%lld.backup", path, now);
        if (name == NULL || lstat(name, &status) != 0)
            return name;
        free(name);
    }
}

static char *backup_path(const char *path, const struct backend_options *options)
{
    if (options->backup != NULL)
        return backend_path(options->directory, options->backup);
    return options->backup_dated ? dated_backup(path) : backend_problem("%s.backup", path);
}

static bool choose_paths(struct backend *backend, struct local *local, const struct config_backend *config,
                         const struct backend_options *options)
{
    const char *configured = backend_setting(config, "path");
    const char *in = options->state_path != NULL ? options->state_path
                     : configured != NULL        ? configured
                                                 : "terraform.tfstate";
    const char *out = options->state_out != NULL ? options->state_out : in;
    backend->name = strdup(out);
    local->path = backend_path(options->directory, out);
    if (local->path == NULL)
        return false;
    local->info_path = file_beside(local->path, ".", ".lock.info");
    backend->journal.path = journal_path(local->path);
    if (strcmp(in, out) != 0 && (backend->read_path = backend_path(options->directory, in)) == NULL)
        return false;
    bool wanted = options->backup == NULL || strcmp(options->backup, "-") != 0;
    if (wanted)
        backend->backup_path = backup_path(local->path, options);
    return backend->name != NULL && local->info_path != NULL && backend->journal.path != NULL &&
           (!wanted || backend->backup_path != NULL);
}

bool backend_open_local(struct backend *backend, const struct config_backend *config,
                        const struct backend_options *options, struct diagnostics *diags)
{
    struct local *local = calloc(1, sizeof *local);
    if (local == NULL) {
        diagnostics_no_memory(diags);
        return false;
    }
    local->descriptor = -1;
    backend->own = local;
    backend->kind = &kind;
    if (choose_paths(backend, local, config, options))
        return true;
    diagnostics_no_memory(diags);
    return false;
}
