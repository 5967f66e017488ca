/* SPDX-License-Identifier: Apache-2.0
 *
 * token_file.c - a token that lies in a file; see token_file.h.
 */
#include "token_file.h"

#include "report.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CONTENT_MAX = 4096, /* tokens have about a hundred bytes */
    PATH_SHOWN = 4096,
};

static const char summary[] = "The token's file can't be used";

/* What a report says of a file: `source` and `path` name it, the path being fit to be shown. */
struct file {
    int descriptor;
    const char *source, *path;
    const struct astra_report *report;
};

/* The rights that nobody but the owner may have. What root hands to a service that is not root is readable by
 * a group, or it could not be read at all: secrets of Kubernetes (fsGroup) and of systemd (an access-control
 * list, which shows in the group's bits too). */
static mode_t unwanted_rights(const struct stat *found)
{
    return S_IRWXO | (found->st_uid == 0 && geteuid() != 0 ? S_IWGRP | S_IXGRP : S_IRWXG);
}

/* Looks at the file that was opened, so that it can't be exchanged in between. */
static bool may_be_trusted(const struct file *file)
{
    struct stat found;

    if (fstat(file->descriptor, &found)) {
        report_error(file->report, "token_file", summary, "%s: %s: %s.", file->source, file->path,
                     strerror(errno));
    } else if (!S_ISREG(found.st_mode)) {
        report_error(file->report, "token_file", summary,
                     "%s: %s is not a regular file. Name a file that holds the token and nothing else.",
                     file->source, file->path);
    } else if (found.st_uid != geteuid() && found.st_uid != 0) {
        report_error(
            file->report, "token_file", summary,
            "%s: %s belongs to another user (%u), who could read or change the token. Make it your own "
            "(chown), or copy it to a file of your own with mode 0600.",
            file->source, file->path, found.st_uid);
    } else if (found.st_mode & unwanted_rights(&found)) {
        report_error(file->report, "token_file", summary,
                     "%s: %s has mode %04o, which lets other users at the token. Run: chmod 600 '%s' (a "
                     "secret that is mounted: give it mode 0400, or 0440 where it is root's and you are not "
                     "root). If others may have read it, make a new token.",
                     file->source, file->path, found.st_mode & 07777, file->path);
    } else {
        return true;
    }
    return false;
}

/* Reads up to `size` bytes; -1 and errno. */
static ssize_t read_all(int descriptor, char *buffer, size_t size)
{
    size_t length = 0;
    ssize_t taken = 1;

    while (length < size && taken > 0) {
        taken = read(descriptor, buffer + length, size - length);
        if (taken > 0) {
            length += (size_t)taken;
        } else if (taken < 0 && errno == EINTR) {
            taken = 1;
        }
    }
    return taken < 0 ? -1 : (ssize_t)length;
}

static char *read_token(const struct file *file)
{
    char buffer[CONTENT_MAX + 2], *token = NULL;
    ssize_t length = read_all(file->descriptor, buffer, CONTENT_MAX + 1);

    if (length < 0) {
        report_error(file->report, "token_file", summary, "%s: %s: %s.", file->source, file->path,
                     strerror(errno));
    } else if (length > CONTENT_MAX) {
        report_error(
            file->report, "token_file", summary,
            "%s: %s holds more than %d bytes, which is no token. Name a file that holds the token and "
            "nothing else.",
            file->source, file->path, CONTENT_MAX);
    } else if (memchr(buffer, '\0', (size_t)length)) {
        report_error(file->report, "token_file", summary,
                     "%s: %s holds a NUL byte. Name a text file that holds the token and nothing else.",
                     file->source, file->path);
    } else {
        buffer[length] = '\0';
        token = text_trim(buffer);
        if (!token) {
            report_no_memory(file->report);
        } else if (!*token) {
            report_error(file->report, "token_file", summary,
                         "%s: %s is empty. Write the token (\"AstraCS:…\") into it.", file->source,
                         file->path);
            free(token);
            token = NULL;
        }
    }
    explicit_bzero(buffer, sizeof(buffer));
    return token;
}

char *token_file_read(const char *path, const char *source, const struct astra_report *report)
{
    /* Somebody who gives the token in place of the path must not see it in the error. */
    char *shown = text_clean(path, strlen(path), NULL, PATH_SHOWN), *token = NULL;
    struct file file = {.descriptor = -1, .source = source, .path = shown, .report = report};

    if (!shown) {
        report_no_memory(report);
        return NULL;
    }
    /* O_NONBLOCK: a pipe that nobody writes to is refused, not waited for. */
    file.descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file.descriptor < 0) {
        report_error(report, "token_file", summary,
                     "%s: %s: %s. Name a file that holds the token, with mode 0600; \"~\" is not expanded.",
                     source, shown, strerror(errno));
    } else if (may_be_trusted(&file)) {
        token = read_token(&file);
    }
    if (file.descriptor >= 0) {
        close(file.descriptor);
    }
    free(shown);
    return token;
}
