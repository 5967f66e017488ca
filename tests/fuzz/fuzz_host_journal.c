/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_host_journal.c - what a crash left of a local state: the state's file and the side file beside it.
 * Whatever they hold, the state is recovered whole, or is as it was, or nothing is touched and an error says
 * why; what was recovered is saved, so that the next run finds it there and no side file.
 *
 * Input: a byte that chooses, and fields. With its bit 0 the side file begins as the program begins it; the
 * fields are what was saved then, what was about to be written (none with bit 1), and what the state's file
 * holds (with bit 2: what was saved). Then, always, entries: each a field of a letter and a payload, to
 * which the sum is added. With bit 3 what is left is the side file's text as it stands.
 */
#include "fuzz.h"

#include "backend.h"
#include "file.h"
#include "journal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BEGUN = 1, NO_NEXT = 2, UNTOUCHED = 4, RAW = 8, PATH_SIZE = 512 };
#define STATE "terraform.tfstate"
#define SIDE  ".terraform.tfstate.journal"

static char state_path[PATH_SIZE], side_path[PATH_SIZE];

/* --- the files --- */

/* FNV-1a, as journal.c has it. */
static uint64_t sum_of(const char *bytes, size_t length)
{
    uint64_t sum = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ (unsigned char)bytes[i]) * 0x100000001b3u;
    return sum;
}

static void append_entry(const char *entry, size_t length)
{
    FILE *side = fopen(side_path, "ae");
    CHECK(side != NULL);
    if (length > 0)
        fprintf(side, "%c %zu %016" PRIx64 "\n", *entry, length - 1, sum_of(entry + 1, length - 1));
    if (length > 1)
        fwrite(entry + 1, 1, length - 1, side);
    putc('\n', side);
    CHECK(fclose(side) == 0);
}

/* As the program does it before it writes `next` over `saved`. */
static void begin(struct fuzz_input *input, unsigned choice)
{
    size_t saved_length, next_length, now_length;
    char *saved = fuzz_field(input, &saved_length), *next = fuzz_field(input, &next_length);
    char *now = fuzz_field(input, &now_length);
    const struct content before = {saved, saved_length, "lineage", 3},
                         after = {next, next_length, "lineage", 4};
    struct journal journal = {.path = side_path, .descriptor = -1};
    CHECK(journal_begin(&journal, &before, choice & NO_NEXT ? NULL : &after));
    journal_close(&journal);
    if (choice & UNTOUCHED)
        fuzz_file_write(STATE, saved, saved_length);
    else
        fuzz_file_write(STATE, now, now_length);
    free(now);
    free(next);
    free(saved);
}

static void make_files(struct fuzz_input *input)
{
    unsigned choice = fuzz_byte(input);
    size_t length;
    char *text;
    if (choice & BEGUN) {
        begin(input, choice);
    } else {
        text = fuzz_field(input, &length);
        fuzz_file_write(STATE, text, length);
        free(text);
    }
    if (choice & RAW) {
        text = fuzz_rest(input, &length);
        fuzz_file_write(SIDE, text, length);
        free(text);
        return;
    }
    while (input->left > 0) {
        text = fuzz_field(input, &length);
        append_entry(text, length);
        free(text);
    }
}

static char *content_of(const char *path, size_t *length)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(descriptor >= 0);
    char *text = file_read(descriptor, length);
    CHECK(text != NULL);
    close(descriptor);
    return text;
}

/* --- what the program makes of them --- */

/* One run that reads under the lock. NULL after an error. */
static struct state *run(struct diagnostics *diags)
{
    const struct backend_options options = {.directory = fuzz_folder(), .lock = true};
    struct backend *backend = backend_open(NULL, &options, diags);
    CHECK(backend != NULL && backend_lock(backend, "OperationTypeApply", diags));
    struct state *state = backend_read(backend, diags);
    fuzz_check_diagnostics(diags, state != NULL);
    CHECK(backend_unlock(backend, diags));
    backend_close(backend);
    return state;
}

/* Whether a warning says that the side file was kept under another name. */
static bool was_set_aside(const struct diagnostics *diags)
{
    for (size_t i = 0; i < diags->count; i++)
        if (strcmp(diags->items[i].summary, "What an interrupted run left was not used") == 0)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct diagnostics first = {0}, second = {0};
    size_t before_length, after_length;
    snprintf(state_path, sizeof state_path, "%s/" STATE, fuzz_folder());
    snprintf(side_path, sizeof side_path, "%s/" SIDE, fuzz_folder());
    fuzz_folder_clean();
    make_files(&input);
    char *before = content_of(state_path, &before_length);
    struct state *state = run(&first);
    bool aside = was_set_aside(&first), side_left = access(side_path, F_OK) == 0;
    /* An empty file that nobody made is left alone, as one that holds something. */
    char *after = content_of(state_path, &after_length);
    bool same = before_length == after_length && memcmp(before, after, before_length) == 0;
    CHECK(same || (state != NULL && !aside));
    CHECK(state == NULL || !side_left);
    /* A state of nothing is not written where nothing was. */
    if (state != NULL && after_length == 0) {
        CHECK(state->resource_count == 0 && state->output_count == 0);
    } else if (state != NULL) {
        struct state *again = run(&second);
        CHECK(again != NULL && second.count == 0 && state_equal(state, again));
        /* What says the same as what is saved is not written again. */
        CHECK(same || (again->serial == state->serial && strcmp(again->lineage, state->lineage) == 0));
        state_destroy(again);
    }
    state_destroy(state);
    diagnostics_clear(&first);
    diagnostics_clear(&second);
    free(after);
    free(before);
    return 0;
}
