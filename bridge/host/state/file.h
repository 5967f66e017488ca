/* SPDX-License-Identifier: Apache-2.0
 *
 * file.h - the steps in which files are written safely, each of which may fail: tests make every one fail
 * (a full disk) or end the process there (a crash).
 */
#ifndef HOST_FILE_H
#define HOST_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* For tests: called before each step ("write", "sync", "rename", …) with what it is about to do; what it
 * returns, if not 0, is the error that the step then fails with, a write after half of it. NULL else. */
extern int (*file_fault)(const char *step);

/* Each of these is false, with errno, where it failed. */
bool file_write_at(int descriptor, const char *bytes, size_t length, off_t offset);
bool file_sync(int descriptor);
bool file_truncate(int descriptor, off_t length);
bool file_remove(const char *path);         /* true also where there is none */
bool file_sync_directory(const char *path); /* the directory that a path lies in */

/* Opens for writing, of mode 0600 where it is new. -1 and errno. */
int file_create(const char *path, int flags);

/* Makes sure that a file of this length fits the disk, as far as the file system can tell: takes the room
 * that it needs, and leaves its length alone. */
bool file_reserve(int descriptor, off_t length);

/* Writes a file of mode 0600 whole and synced, or not at all: under another name first, then renamed over it.
 */
bool file_replace(const char *path, const char *bytes, size_t length);

/* Likewise of several parts, one after the other; and takes room for so many bytes more behind them. */
struct file_part {
    const char *bytes;
    size_t length;
};
bool file_replace_parts(const char *path, const struct file_part *parts, size_t count, size_t room);

/* As file_replace(), where the user names the path: what a link leads to is what is replaced, and what is no
 * file, a pipe or a device such as /dev/null, is written to as it is and never replaced by a file. */
bool file_replace_named(const char *path, const char *bytes, size_t length);

/* Gives a file the first name PATH.1, PATH.2, … that is free. *name is new. */
bool file_set_aside(const char *path, char **name);

/* Reads all of it, NUL-terminated. NULL and errno. */
char *file_read(int descriptor, size_t *length);

/* Where a path leads, through links, whether a file is there yet or not. Newly allocated; NULL without
 * memory.
 */
char *file_real(const char *path);

/* A file beside another: DIRECTORY/PREFIX + NAME + SUFFIX. Newly allocated, NULL without memory. */
char *file_beside(const char *path, const char *prefix, const char *suffix);

#endif
