/* SPDX-License-Identifier: Apache-2.0
 *
 * recover.c - reads what is saved, and what a crash left beside it. Whether the one goes on from the other is
 * decided by what is saved, to the byte: a state that somebody has written since is never overwritten.
 */
#include "backend_internal.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_saved(struct backend *backend, struct diagnostics *diags)
{
    char *text = NULL, *problem = NULL;
    size_t length = 0;
    if (!backend->kind->read(backend, &text, &length, &problem)) {
        if (problem == NULL)
            diagnostics_no_memory(diags);
        else
            diagnostics_error(diags, NULL, "Error loading the state", "%s.", problem);
        free(problem);
        return false;
    }
    free(backend->text);
    backend->text = text;
    backend->length = length;
    backend->known = true;
    return true;
}

/* Says that a side file is not applied, and keeps it under another name where nobody else may need it. */
static void set_aside(struct backend *backend, const char *why, struct diagnostics *diags)
{
    char *name = NULL;
    if (!backend->locked)
        return;
    bool moved = file_set_aside(backend->journal.path, &name);
    diagnostics_warning(diags, NULL, "What an interrupted run left was not used",
                        "%s. It is kept as %s; look there for what that run did, which this state may not "
                        "know of.",
                        why, moved ? name : backend->journal.path);
    free(name);
}

/* What was saved, or was about to be, with the records on top. NULL after an error. */
static struct state *replay(const struct journal_left *left, const char *text, size_t length,
                            const char *side, struct diagnostics *diags)
{
    const struct journal_record *next = &left->next;
    struct state *state = next->bytes != NULL ? state_parse(next->bytes, next->length, side, diags)
                                              : state_parse(text, length, side, diags);
    for (size_t i = 0; state != NULL && i < left->record_count; i++)
        if (!record_apply(state, left->records[i].bytes, left->records[i].length, side, diags)) {
            state_destroy(state);
            state = NULL;
        }
    return state;
}

static struct state *read_with(struct backend *backend, const struct journal_left *left, bool *foreign,
                               bool *changed, struct diagnostics *diags)
{
    enum journal_match match = journal_compare(left, backend->text, backend->length);
    *foreign = match == MATCH_FOREIGN;
    if (*foreign) {
        set_aside(backend, "Somebody has written the state since, so that it does not go on from it", diags);
        return state_parse(backend->text, backend->length, backend->name, diags);
    }
    struct state *state = replay(left, backend->text, backend->length, backend->journal.path, diags);
    *changed = state != NULL && (match != MATCH_NEXT || left->record_count > 0);
    if (*changed && backend->locked)
        diagnostics_warning(diags, NULL, "Recovered what an interrupted run had done",
                            "The last run ended before it had saved %s. What it did was recorded in %s and "
                            "is in the state now.",
                            backend->name, backend->journal.path);
    /* Nothing but the side file itself was left over. */
    if (state != NULL && !*changed && backend->locked)
        file_remove(backend->journal.path);
    return state;
}

/* Of a side file, with errno: the state without what may stand in it would be an old one. */
static void tell_unreadable(const char *side, struct diagnostics *diags)
{
    diagnostics_error(diags, NULL, "Error loading the state",
                      "What an interrupted run may have left in %s can't be read: %s.", side,
                      strerror(errno));
}

/* A state of another file, with what a crash left beside it; that stays as it is, for those who use that
 * file.
 */
static struct state *parse_elsewhere(const char *path, const char *text, size_t length,
                                     struct diagnostics *diags)
{
    struct journal_left left = {0};
    struct state *state = NULL;
    char *side = journal_path(path);
    enum journal_state found = side == NULL ? JOURNAL_NONE : journal_read(side, &left);
    if (side == NULL)
        diagnostics_no_memory(diags);
    else if (found == JOURNAL_FAILED)
        tell_unreadable(side, diags);
    else if (found == JOURNAL_FOUND && journal_compare(&left, text, length) != MATCH_FOREIGN)
        state = replay(&left, text, length, side, diags);
    else
        state = state_parse(text, length, path, diags);
    journal_left_clear(&left);
    free(side);
    return state;
}

/* The state of another file (-state, where -state-out is given too). What a crash left beside the one that is
 * written is about to be overwritten, so that it is kept under another name. */
static struct state *read_elsewhere(struct backend *backend, struct diagnostics *diags)
{
    struct journal_left left = {0};
    size_t length = 0;
    int descriptor = open(backend->read_path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char *text = descriptor < 0 ? NULL : file_read(descriptor, &length);
    int error = errno;
    if (descriptor >= 0)
        close(descriptor);
    struct state *state = NULL;
    if (text == NULL && error != ENOENT)
        diagnostics_error(diags, NULL, "Error loading the state", "%s can't be read: %s.", backend->read_path,
                          strerror(error));
    else
        state = parse_elsewhere(backend->read_path, text == NULL ? "" : text, length, diags);
    backend->differs_from = true;
    if (state != NULL && journal_read(backend->journal.path, &left) != JOURNAL_NONE)
        set_aside(backend, "Another state than the one it belongs to was asked for", diags);
    journal_left_clear(&left);
    free(text);
    return state;
}

static struct state *recover_once(struct backend *backend, bool *foreign, bool *changed,
                                  struct diagnostics *diags)
{
    struct journal_left left = {0};
    struct state *state = NULL;
    *foreign = *changed = false;
    if (!read_saved(backend, diags))
        return NULL;
    switch (journal_read(backend->journal.path, &left)) {
    case JOURNAL_NONE:
        if (backend->locked)
            file_remove(backend->journal.path);
        state = state_parse(backend->text, backend->length, backend->name, diags);
        break;
    case JOURNAL_FOUND:
        state = read_with(backend, &left, foreign, changed, diags);
        break;
    case JOURNAL_BROKEN:
        set_aside(backend, "It is no side file of this program", diags);
        state = state_parse(backend->text, backend->length, backend->name, diags);
        break;
    case JOURNAL_FAILED:
        tell_unreadable(backend->journal.path, diags);
        break;
    }
    journal_left_clear(&left);
    return state;
}

struct state *recover(struct backend *backend, bool *changed, struct diagnostics *diags)
{
    bool foreign = false;
    *changed = false;
    if (backend->read_path != NULL)
        return read_saved(backend, diags) ? read_elsewhere(backend, diags) : NULL;
    struct state *state = recover_once(backend, &foreign, changed, diags);
    /* Without a lock, somebody may have been writing between the two readings. */
    for (int i = 0; i < 3 && foreign && !backend->locked && state != NULL; i++) {
        if (!backend_wait(backend, 0.05))
            break;
        state_destroy(state);
        state = recover_once(backend, &foreign, changed, diags);
    }
    return state;
}
