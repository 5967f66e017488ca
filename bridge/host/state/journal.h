/* SPDX-License-Identifier: Apache-2.0
 *
 * journal.h - the side file of a state, from which a crash is recovered. It lies beside the state as
 * .NAME.journal, of mode 0600, only while something is being changed:
 *
 *   B  what the saved state was when this began: lineage, serial, length, sums of the whole and of each block
 *   S  the whole text that was about to be written over it, or nothing
 *   R  one instance that changed or went since, and so on
 *
 * Each entry is a line "KIND LENGTH SUM", the payload and a line break; a torn last one is known by its sum.
 * B and S are there whole or not at all (renamed into place).
 */
#ifndef HOST_JOURNAL_H
#define HOST_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text of a state. */
struct content {
    const char *bytes;
    size_t length;
    const char *lineage; /* "" where nothing was saved */
    uint64_t serial;
};

/* Where the side file of a state lies: beside the file itself, not beside a link to it, so that all who use
 * that file see it. Newly allocated; NULL without memory. */
char *journal_path(const char *path);

/* The side file of one run. Start it with the path alone; journal_close() at the end. */
struct journal {
    char *path;     /* owned; NULL: there is none */
    int descriptor; /* -1: not open */
    int64_t length; /* what of it is whole */
    size_t room;    /* how much is still to come, as far as is known: journal_begin() takes it on the disk */
    bool idle;      /* begun in advance; nothing that happened stands in it */
};

/* Begins it: what is saved, and what is about to be written in its place (NULL: records only follow). False
 * with errno; the one before, if any, then still stands. */
bool journal_begin(struct journal *journal, const struct content *saved, const struct content *next);

/* Appends a record. journal_begin() must have been called. False with errno; what was there before is still
 * whole. A crash of this program loses nothing then; one of the machine, what was not synced. */
bool journal_append(struct journal *journal, const char *record, size_t length);

/* Makes all that was appended safe. False with errno: then none of it may be. */
bool journal_sync(struct journal *journal);

/* Whether it was begun and not dropped since. */
bool journal_active(const struct journal *journal);

/* Gives back the room that was taken and not needed: nothing more comes. */
void journal_trim(struct journal *journal);

/* Removes it: what it says is saved. False with errno. */
bool journal_drop(struct journal *journal);

void journal_close(struct journal *journal);

/* --- what a crash left --- */

struct journal_record {
    const char *bytes; /* borrowed from `text`, NUL-terminated */
    size_t length;
};

struct journal_left {
    char *text; /* of the whole file */
    char *lineage;
    uint64_t serial, saved_sum;
    size_t saved_length, block_count;
    uint32_t *blocks;
    struct journal_record next; /* the text that was about to be written; bytes NULL where there is none */
    size_t record_count;
    struct journal_record *records;
};

enum journal_state {
    JOURNAL_NONE,   /* no side file, or one in which nothing had been recorded yet */
    JOURNAL_FOUND,  /* read into *left */
    JOURNAL_BROKEN, /* not what this program writes */
    JOURNAL_FAILED, /* errno says why it can't be read */
};

enum journal_state journal_read(const char *path, struct journal_left *left);
void journal_left_clear(struct journal_left *left);

/* How what is saved now relates to what a crash left. */
enum journal_match {
    MATCH_SAVED,   /* as it was before: what was left goes on from it */
    MATCH_NEXT,    /* the whole text was written */
    MATCH_TORN,    /* in the midst of that: each block is an old one or a new one */
    MATCH_FOREIGN, /* somebody else wrote it since */
};

enum journal_match journal_compare(const struct journal_left *left, const char *bytes, size_t length);

#endif
