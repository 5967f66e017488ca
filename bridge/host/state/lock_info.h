/* SPDX-License-Identifier: Apache-2.0
 *
 * lock_info.h - what the holder of a lock leaves for others to read, as Terraform does, in the file beside a
 * state or in the requests of the http backend.
 */
#ifndef HOST_LOCK_INFO_H
#define HOST_LOCK_INFO_H

#include <stdbool.h>
#include <stddef.h>

/* Each may be NULL where nothing is known. Start it zeroed. */
struct lock_info {
    char *id, *operation, *info, *who, *version, *created, *path;
};

/* About this process, now, with a new ID. False without memory. */
bool lock_info_make(struct lock_info *info, const char *operation, const char *path);

/* As JSON in one line; NULL without memory. */
char *lock_info_text(const struct lock_info *info);

/* Reads such a text; false where it is none. */
bool lock_info_read(const char *text, size_t length, struct lock_info *info);

/* The lines that Terraform shows: "Lock Info:\n  ID:        …". NULL without memory. */
char *lock_info_lines(const struct lock_info *info);

void lock_info_clear(struct lock_info *info);

/* A new random UUID; NULL where the kernel gives no random bytes or without memory. */
char *uuid_make(void);

#endif
