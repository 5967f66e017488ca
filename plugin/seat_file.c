/* SPDX-License-Identifier: Apache-2.0
 *
 * seat_file.c - the provider IDs that this machine has seen taken; see seat_file.h.
 */
#include "seat_file.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    SIZE_LIMIT = 4 * 1024 * 1024,
    LOCK_TRIES = 200, /* others hold it for the time of a short write; who holds it longer is stopped */
    LOCK_PAUSE_NS = 10 * 1000 * 1000,
};

/* Makes every folder of a path that is missing, the last ones for the user alone. */
static bool make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        bool made;

        *slash = '\0';
        made = !mkdir(path, 0700) || errno == EEXIST;
        *slash = '/';
        if (!made) {
            return false;
        }
    }
    return true;
}

/* A name for a file: what comes from outside must not lead out of the folder. */
static bool is_plain(const char *name)
{
    return *name && *name != '.' && !strchr(name, '/');
}

static char *file_path(const char *organization, const char *cloud, const char *region)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char *path = NULL;

    if (!is_plain(organization) || !is_plain(region)) {
        return NULL;
    }
    if (state && *state == '/') {
        path = text_format("%s/astra-cmk/%s/%s-%s", state, organization, cloud, region);
    } else if (home && *home == '/') {
        path = text_format("%s/.local/state/astra-cmk/%s/%s-%s", home, organization, cloud, region);
    }
    return path;
}

static char *read_all(int descriptor)
{
    struct stat status;
    size_t size, have = 0;
    char *text;

    if (fstat(descriptor, &status) || !S_ISREG(status.st_mode) || status.st_size > SIZE_LIMIT) {
        return NULL;
    }
    size = (size_t)status.st_size;
    if (!(text = malloc(size + 1))) {
        return NULL;
    }
    while (have < size) {
        ssize_t got = pread(descriptor, text + have, size - have, (off_t)have);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            free(text);
            return NULL;
        }
        have += (size_t)got;
    }
    /* What a crash of the machine left as zeros must not hide the lines behind it. */
    for (char *zero = text; (zero = memchr(zero, '\0', have - (size_t)(zero - text)));) {
        *zero = '\n';
    }
    while (have && text[have - 1] != '\n') { /* a line that was cut off */
        have--;
    }
    text[have] = '\0';
    return text;
}

/* Tries for two seconds: nobody can cancel a waiting for a lock, and a call must not hang on a stopped
 * process. */
static bool lock(int descriptor)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};
    int tries = 0;

    while (flock(descriptor, LOCK_EX | LOCK_NB)) {
        if ((errno != EWOULDBLOCK && errno != EINTR) || ++tries == LOCK_TRIES) {
            return false;
        }
        nanosleep(&pause, NULL);
    }
    return true;
}

bool seat_file_open(struct seat_file *file, const char *organization, const char *cloud, const char *region)
{
    char *path = file_path(organization, cloud, region);

    *file = (struct seat_file){.descriptor = -1, .path = path};
    if (path) {
        /* Regions compare without case. */
        for (char *c = strrchr(path, '/'); *c; c++) {
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
        }
        if (make_folders(path)) {
            file->descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        }
    }
    if (file->descriptor >= 0 && lock(file->descriptor)) {
        file->text = read_all(file->descriptor);
    }
    if (file->text) {
        return true;
    }
    seat_file_close(file);
    return false;
}

void seat_file_close(struct seat_file *file)
{
    if (file->descriptor >= 0) {
        /* Not left to close(): a child that was forked meanwhile has the descriptor too, and would keep the
         * lock. */
        flock(file->descriptor, LOCK_UN);
        close(file->descriptor);
    }
    free(file->path);
    free(file->text);
    *file = (struct seat_file){.descriptor = -1};
}

/* The line that holds the ID, or NULL. */
static char *find_line(const struct seat_file *file, const char *provider_id)
{
    const size_t length = strlen(provider_id);

    for (char *line = file->text; *line; line = strchr(line, '\n') + 1) {
        if (!strncmp(line, provider_id, length) && line[length] == '\n') {
            return line;
        }
    }
    return NULL;
}

bool seat_file_has(const struct seat_file *file, const char *provider_id)
{
    return find_line(file, provider_id);
}

/* Writes the text over the file from `offset` on; what was there before stays when that fails. */
static bool write_from(struct seat_file *file, const char *text, size_t offset)
{
    const size_t size = strlen(text);

    return pwrite(file->descriptor, text + offset, size - offset, (off_t)offset) ==
               (ssize_t)(size - offset) &&
           !ftruncate(file->descriptor, (off_t)size);
}

bool seat_file_add(struct seat_file *file, const char *provider_id)
{
    const size_t before = strlen(file->text);
    char *longer;

    if (seat_file_has(file, provider_id)) {
        return true;
    }
    longer = text_format("%s%s\n", file->text, provider_id);
    if (!longer || !write_from(file, longer, before)) {
        /* Nothing to do where this fails too: a line that is cut off is no ID. */
        if (ftruncate(file->descriptor, (off_t)before)) {
            errno = 0;
        }
        free(longer);
        return false;
    }
    free(file->text);
    file->text = longer;
    return true;
}

bool seat_file_remove(struct seat_file *file, const char *provider_id)
{
    char *line = find_line(file, provider_id);

    if (!line) {
        return true;
    }
    memmove(line, strchr(line, '\n') + 1, strlen(strchr(line, '\n') + 1) + 1);
    return write_from(file, file->text, (size_t)(line - file->text));
}
