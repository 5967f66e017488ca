/* SPDX-License-Identifier: Apache-2.0
 *
 * journal.c - see journal.h. Which state a side file belongs to is decided by sums of what was saved, never
 * by serials alone: Terraform counts on from the same serial.
 */
#include "journal.h"

#include "file.h"
#include "state_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Disks write whole sectors, so a torn file is made of old and new ones. */
enum { BLOCK = 512, HEADER_MAX = 48 };

/* FNV-1a: finds what was torn, keeps nobody out. */
static uint64_t sum_on(uint64_t sum, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ (unsigned char)bytes[i]) * 0x100000001b3u;
    return sum;
}

static uint64_t sum_of(const char *bytes, size_t length)
{
    return sum_on(0xcbf29ce484222325u, bytes, length);
}

/* Of the block at an offset, filled up with zeros. */
static uint32_t block_sum(const char *bytes, size_t length, size_t offset)
{
    char block[BLOCK] = {0};
    size_t part = length - offset < BLOCK ? length - offset : BLOCK;
    memcpy(block, bytes + offset, part);
    uint64_t sum = sum_of(block, BLOCK);
    return (uint32_t)(sum ^ (sum >> 32));
}

char *journal_path(const char *path)
{
    char *real = file_real(path);
    char *beside = real == NULL ? NULL : file_beside(real, ".", ".journal");
    free(real);
    return beside;
}

/* --- writing --- */

static void add_header(struct text *text, char kind, const char *payload, size_t length)
{
    text_add_format(text, "%c %zu %016" PRIx64 "\n", kind, length, sum_of(payload, length));
}

static void add_entry(struct text *text, char kind, const char *payload, size_t length)
{
    add_header(text, kind, payload, length);
    text_add(text, payload, length);
    text_add(text, "\n", 1);
}

/* The payload of B. */
static void add_saved(struct text *text, const struct content *saved, bool blocks)
{
    struct text payload = {0};
    char line[80];
    snprintf(line, sizeof line, "%" PRIu64 " %zu %016" PRIx64 "\n", saved->serial, saved->length,
             sum_of(saved->bytes, saved->length));
    text_add_string(&payload, line);
    text_add_string(&payload, saved->lineage);
    text_add(&payload, "\n", 1);
    for (size_t at = 0; blocks && at < saved->length; at += BLOCK) {
        snprintf(line, sizeof line, "%08" PRIx32, block_sum(saved->bytes, saved->length, at));
        text_add(&payload, line, 8);
    }
    size_t length = payload.length;
    char *bytes = text_take(&payload);
    if (bytes == NULL)
        text->failed = true;
    else
        add_entry(text, 'B', bytes, length);
    free(bytes);
}

bool journal_active(const struct journal *journal)
{
    return journal->descriptor >= 0;
}

void journal_close(struct journal *journal)
{
    if (journal->descriptor >= 0)
        close(journal->descriptor);
    journal->descriptor = -1;
}

/* Whether the open one is that of the path: what is appended to another, nobody finds. */
static bool is_named(const struct journal *journal)
{
    struct stat opened, found;
    return journal_active(journal) && fstat(journal->descriptor, &opened) == 0 &&
           lstat(journal->path, &found) == 0 && opened.st_ino == found.st_ino &&
           opened.st_dev == found.st_dev;
}

bool journal_begin(struct journal *journal, const struct content *saved, const struct content *next)
{
    struct text text = {0};
    add_saved(&text, saved, next != NULL);
    if (next != NULL)
        add_header(&text, 'S', next->bytes, next->length);
    size_t length = text.length;
    char *bytes = text_take(&text);
    if (bytes == NULL) {
        errno = ENOMEM;
        return false;
    }
    /* The text itself may be large, and is not copied. */
    const struct file_part parts[] = {
        {bytes, length}, {next == NULL ? "" : next->bytes, next == NULL ? 0 : next->length}, {"\n", 1}};
    bool done = file_replace_parts(journal->path, parts, next == NULL ? 1 : 3, journal->room);
    int error = errno;
    free(bytes);
    if (done) {
        journal_close(journal);
        journal->descriptor = open(journal->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
        error = errno;
        journal->length = (int64_t)(length + (next == NULL ? 0 : next->length + 1));
        done = journal->descriptor >= 0;
    } else if (!is_named(journal)) {
        journal_close(journal);
    }
    errno = error;
    return done;
}

bool journal_append(struct journal *journal, const char *record, size_t length)
{
    struct text text = {0};
    add_entry(&text, 'R', record, length);
    size_t entry = text.length;
    char *bytes = text_take(&text);
    if (bytes == NULL) {
        errno = ENOMEM;
        return false;
    }
    bool done = file_write_at(journal->descriptor, bytes, entry, journal->length);
    int error = errno;
    free(bytes);
    errno = error;
    if (done) {
        journal->length += (int64_t)entry;
        journal->room -= entry < journal->room ? entry : journal->room;
    }
    return done;
}

bool journal_sync(struct journal *journal)
{
    return file_sync(journal->descriptor);
}

void journal_trim(struct journal *journal)
{
    journal->room = 0;
    if (journal_active(journal))
        file_truncate(journal->descriptor, (off_t)journal->length);
}

bool journal_drop(struct journal *journal)
{
    if (!journal_active(journal))
        return true;
    if (!file_remove(journal->path))
        return false;
    journal_close(journal);
    return true;
}

/* --- reading --- */

/* Reads digits and the byte that must stand behind them, and goes on behind it. Other than sscanf() it
 * neither lets a number overflow nor measures the whole text first, which would be done for each entry. */
static bool take_number(const char **at, int base, char behind, uint64_t *number)
{
    char *end = NULL;
    if (strspn(*at, "0123456789abcdef") == 0) /* strtoull() takes spaces and a sign */
        return false;
    errno = 0;
    *number = strtoull(*at, &end, base);
    if (errno != 0 || *end != behind)
        return false;
    *at = end + 1;
    return true;
}

/* Reads one entry at *at; false at the end or at a torn one. The payload gets a NUL behind it. */
static bool next_entry(char *text, size_t length, size_t *at, char *kind, struct journal_record *payload)
{
    uint64_t bytes = 0, sum = 0;
    const char *header = text + *at, *next = header + 2;
    const char *end = memchr(header, '\n', length - *at < HEADER_MAX ? length - *at : HEADER_MAX);
    if (end == NULL || end < next || header[1] != ' ' || !take_number(&next, 10, ' ', &bytes) ||
        !take_number(&next, 16, '\n', &sum))
        return false;
    size_t start = (size_t)(next - text);
    if (bytes >= length - start || text[start + bytes] != '\n' || sum_of(text + start, bytes) != sum)
        return false;
    *kind = *header;
    text[start + bytes] = '\0';
    *payload = (struct journal_record){text + start, bytes};
    *at = start + bytes + 1;
    return true;
}

/* Reads the payload of B. JOURNAL_FOUND where that can be. */
static enum journal_state read_saved(const struct journal_record *payload, struct journal_left *left)
{
    const char *lineage = payload->bytes, *end = NULL;
    uint64_t length = 0;
    if (!take_number(&lineage, 10, ' ', &left->serial) || !take_number(&lineage, 10, ' ', &length) ||
        !take_number(&lineage, 16, '\n', &left->saved_sum) || (end = strchr(lineage, '\n')) == NULL)
        return JOURNAL_BROKEN;
    left->saved_length = (size_t)length;
    left->lineage = strndup(lineage, (size_t)(end - lineage));
    left->block_count = strlen(end + 1) / 8;
    left->blocks = calloc(left->block_count + 1, sizeof *left->blocks);
    if (left->lineage == NULL || left->blocks == NULL) {
        errno = ENOMEM;
        return JOURNAL_FAILED;
    }
    for (size_t i = 0; i < left->block_count; i++) {
        char digits[9] = {0};
        memcpy(digits, end + 1 + i * 8, 8);
        left->blocks[i] = (uint32_t)strtoul(digits, NULL, 16);
    }
    return JOURNAL_FOUND;
}

static bool add_record(struct journal_left *left, const struct journal_record *payload)
{
    struct journal_record *grown = reallocarray(left->records, left->record_count + 1, sizeof *left->records);
    if (grown == NULL)
        return false;
    left->records = grown;
    left->records[left->record_count++] = *payload;
    return true;
}

static enum journal_state read_entries(struct journal_left *left, size_t length)
{
    struct journal_record payload = {0};
    size_t at = 0;
    char kind = 0;
    if (!next_entry(left->text, length, &at, &kind, &payload) || kind != 'B')
        return JOURNAL_BROKEN;
    enum journal_state saved = read_saved(&payload, left);
    if (saved != JOURNAL_FOUND)
        return saved;
    while (next_entry(left->text, length, &at, &kind, &payload)) {
        if (kind == 'S' && left->next.bytes == NULL && left->record_count == 0) {
            left->next = payload;
        } else if (kind != 'R') {
            return JOURNAL_BROKEN;
        } else if (!add_record(left, &payload)) {
            errno = ENOMEM;
            return JOURNAL_FAILED;
        }
    }
    return left->next.bytes == NULL && left->record_count == 0 ? JOURNAL_NONE : JOURNAL_FOUND;
}

enum journal_state journal_read(const char *path, struct journal_left *left)
{
    size_t length = 0;
    *left = (struct journal_left){0};
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0)
        return errno == ENOENT ? JOURNAL_NONE : JOURNAL_FAILED;
    left->text = file_read(descriptor, &length);
    int error = errno;
    close(descriptor);
    errno = error;
    return left->text == NULL ? JOURNAL_FAILED : read_entries(left, length);
}

void journal_left_clear(struct journal_left *left)
{
    free(left->text);
    free(left->lineage);
    free(left->blocks);
    free(left->records);
    *left = (struct journal_left){0};
}

/* Whether the block at an offset is one of the text that was about to be written. What lies behind that
 * text's end is left over from before. */
static bool block_is_next(const struct journal_record *next, const char *bytes, size_t part, size_t offset)
{
    if (offset >= next->length)
        return false;
    size_t wanted = next->length - offset < part ? next->length - offset : part;
    return memcmp(bytes + offset, next->bytes + offset, wanted) == 0;
}

static bool block_is_saved(const struct journal_left *left, const char *bytes, size_t length, size_t offset)
{
    size_t number = offset / BLOCK;
    return number < left->block_count && left->blocks[number] == block_sum(bytes, length, offset);
}

static bool block_is_hole(const char *bytes, size_t part)
{
    for (size_t i = 0; i < part; i++)
        if (bytes[i] != '\0')
            return false;
    return true;
}

enum journal_match journal_compare(const struct journal_left *left, const char *bytes, size_t length)
{
    const struct journal_record *next = &left->next;
    if (length == left->saved_length && sum_of(bytes, length) == left->saved_sum)
        return MATCH_SAVED;
    if (next->bytes == NULL)
        return MATCH_FOREIGN;
    if (length == next->length && memcmp(bytes, next->bytes, length) == 0)
        return MATCH_NEXT;
    size_t shortest = left->saved_length < next->length ? left->saved_length : next->length;
    if (length < shortest || length > (left->saved_length > next->length ? left->saved_length : next->length))
        return MATCH_FOREIGN;
    for (size_t at = 0; at < length; at += BLOCK) {
        size_t part = length - at < BLOCK ? length - at : BLOCK;
        if (!block_is_next(next, bytes, part, at) && !block_is_saved(left, bytes, length, at) &&
            !(at + part > left->saved_length && block_is_hole(bytes + at, part)))
            return MATCH_FOREIGN;
    }
    return MATCH_TORN;
}
