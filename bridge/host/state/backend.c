/* SPDX-License-Identifier: Apache-2.0
 *
 * backend.c - what all kinds of backend do alike: wait for a lock and tell who holds it, and save a state so
 * that neither a crash nor a full disk loses what was done.
 */
#include "backend_internal.h"

#include "file.h"
#include "state_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

char *backend_problem(const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    va_start(arguments, format);
    int written = vasprintf(&text, format, arguments);
    va_end(arguments);
    return written < 0 ? NULL : text;
}

/* Adds an error of a problem that a kind described, which it frees. */
static void add_problem(struct diagnostics *diags, const char *summary, char *problem)
{
    if (problem == NULL)
        diagnostics_no_memory(diags);
    else
        diagnostics_add(diags, SEVERITY_ERROR, NULL, summary, problem);
    free(problem);
}

char *backend_path(const char *directory, const char *path)
{
    bool plain = *path == '/' || directory == NULL || strcmp(directory, ".") == 0 || *directory == '\0';
    return plain ? strdup(path) : backend_problem("%s/%s", directory, path);
}

const char *backend_setting(const struct config_backend *config, const char *name)
{
    struct json_object *value =
        config == NULL || config->settings == NULL ? NULL : json_object_object_get(config->settings, name);
    return json_object_is_type(value, json_type_string) ? value_string(value) : NULL;
}

double backend_now(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

bool backend_wait(struct backend *backend, double seconds)
{
    double end = backend_now() + seconds;
    struct pollfd wake = {.fd = backend->wake, .events = POLLIN};
    for (;;) {
        double left = end - backend_now();
        int ready = poll(&wake, 1, left <= 0 ? 0 : left > 3600 ? 3600000 : (int)(left * 1000) + 1);
        if (ready > 0)
            return false;
        if (ready == 0 && left <= 0)
            return true;
    }
}

void backend_interrupt(struct backend *backend)
{
    uint64_t one = 1;
    ssize_t written = write(backend->wake, &one, sizeof one);
    (void)written; /* it counts, and can't be full */
}

/* --- opening --- */

struct backend *backend_open(const struct config_backend *config, const struct backend_options *options,
                             struct diagnostics *diags)
{
    struct backend *backend = calloc(1, sizeof *backend);
    if (backend == NULL) {
        diagnostics_no_memory(diags);
        return NULL;
    }
    backend->journal.descriptor = -1;
    backend->lock = options->lock;
    backend->lock_timeout = options->lock_timeout;
    backend->waiting = options->waiting;
    backend->waiting_context = options->waiting_context;
    backend->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bool http = config != NULL && strcmp(config->type, "http") == 0;
    bool done = backend->wake >= 0;
    if (!done)
        diagnostics_error(diags, NULL, "The backend can't be opened", "No eventfd: %s.", strerror(errno));
    else
        done = http ? backend_open_http(backend, config, options, diags)
                    : backend_open_local(backend, config, options, diags);
    if (done)
        return backend;
    backend_close(backend);
    return NULL;
}

void backend_close(struct backend *backend)
{
    if (backend == NULL)
        return;
    struct diagnostics ignored = {0};
    backend_unlock(backend, &ignored);
    diagnostics_clear(&ignored);
    journal_close(&backend->journal);
    if (backend->kind != NULL)
        backend->kind->close(backend);
    if (backend->wake >= 0)
        close(backend->wake);
    free(backend->journal.path);
    lock_info_clear(&backend->info);
    free(backend->lineage);
    free(backend->text);
    free(backend->backup_path);
    free(backend->read_path);
    free(backend->name);
    free(backend);
}

const char *backend_lineage(const struct backend *backend)
{
    return backend->lineage == NULL ? "" : backend->lineage;
}

uint64_t backend_serial(const struct backend *backend)
{
    return backend->serial;
}

/* --- locking --- */

/* What Terraform says about locks below each error of one. */
static const char lock_advice[] =
    "Terraform acquires a state lock to protect the state from being written\n"
    "by multiple users at the same time. Please resolve the issue above and try\n"
    "again. For most commands, you can disable locking with the \"-lock=false\"\n"
    "flag, but this is not recommended.";

static void lock_error(const char *problem, const struct lock_info *held, struct diagnostics *diags)
{
    char *lines = held->id == NULL ? strdup("") : lock_info_lines(held);
    if (problem == NULL || lines == NULL)
        diagnostics_no_memory(diags);
    else
        diagnostics_error(diags, NULL, "Error acquiring the state lock", "Error message: %s\n%s\n\n%s",
                          problem, lines, lock_advice);
    free(lines);
}

/* Waits before the next try. False when there is to be none. */
static bool wait_for_lock(struct backend *backend, double end, double *pause)
{
    double left = end - backend_now();
    if (left <= 0)
        return false;
    if (!backend->waits && backend->waiting != NULL)
        backend->waiting(backend->waiting_context);
    backend->waits = true;
    bool going = backend_wait(backend, *pause < left ? *pause : left);
    *pause = *pause < 0.5 ? *pause * 2 : 1;
    return going;
}

bool backend_lock(struct backend *backend, const char *operation, struct diagnostics *diags)
{
    struct lock_info held = {0};
    char *problem = NULL;
    double end = backend_now() + backend->lock_timeout, pause = 0.05;
    enum lock_result result = LOCK_FAILED;
    if (!backend->lock || backend->locked)
        return true;
    lock_info_clear(&backend->info);
    if (!lock_info_make(&backend->info, operation, backend->name)) {
        diagnostics_no_memory(diags);
        return false;
    }
    do {
        lock_info_clear(&held);
        free(problem);
        problem = NULL;
        result = backend->kind->lock(backend, &backend->info, &held, &problem);
    } while (result == LOCK_HELD && wait_for_lock(backend, end, &pause));
    backend->locked = result == LOCK_TAKEN;
    if (!backend->locked)
        lock_error(problem, &held, diags);
    lock_info_clear(&held);
    free(problem);
    return backend->locked;
}

bool backend_unlock(struct backend *backend, struct diagnostics *diags)
{
    /* Begun by backend_prepare(), and nothing was recorded. */
    if (journal_active(&backend->journal) && backend->journal.idle)
        journal_drop(&backend->journal);
    if (!backend->locked)
        return true;
    char *problem = NULL;
    backend->locked = false;
    if (backend->kind->unlock(backend, &problem))
        return true;
    if (problem == NULL)
        diagnostics_no_memory(diags);
    else
        diagnostics_error(diags, NULL, "Error releasing the state lock",
                          "Error message: %s\n\nTo release it by hand: force-unlock %s, once nobody else "
                          "uses the state.",
                          problem, backend->info.id);
    free(problem);
    return false;
}

bool backend_force_unlock(struct backend *backend, const char *id, struct diagnostics *diags)
{
    char *problem = NULL;
    if (backend->kind->force_unlock(backend, id, &problem))
        return true;
    add_problem(diags, "Failed to unlock state", problem);
    return false;
}

/* --- reading --- */

struct state *backend_read(struct backend *backend, struct diagnostics *diags)
{
    bool changed = false;
    struct state *state = recover(backend, &changed, diags);
    if (state == NULL)
        return NULL;
    free(backend->lineage);
    backend->lineage = strdup(state->lineage);
    backend->serial = state->serial;
    if (backend->lineage == NULL) {
        diagnostics_no_memory(diags);
        state_destroy(state);
        return NULL;
    }
    backend->recovered = changed;
    /* What a crash left is saved as soon as nobody else may be writing. */
    if (changed && backend->locked && !backend_save(backend, state, diags)) {
        state_destroy(state);
        return NULL;
    }
    return state;
}

/* --- saving --- */

static struct content saved_content(const struct backend *backend)
{
    return (struct content){.bytes = backend->text == NULL ? "" : backend->text,
                            .length = backend->length,
                            .lineage = backend_lineage(backend),
                            .serial = backend->serial};
}

bool backend_prepare(struct backend *backend, struct state *state, size_t room, struct diagnostics *diags)
{
    char *problem = NULL;
    /* Read without a lock, so that it could not be saved then; the side file is about to be begun anew. */
    if (backend->recovered && !backend_save(backend, state, diags))
        return false;
    struct content saved = saved_content(backend);
    /* The state once more, and what comes as a record, in the side file's snapshot and in the state. */
    size_t wanted = backend->length * 2 + room * 3 + 65536;
    backend->journal.room = room;
    if (!backend->kind->prepare(backend, wanted, &problem)) {
        add_problem(diags, "The state could not be saved here", problem);
        return false;
    }
    if (journal_active(&backend->journal))
        return true;
    if (journal_begin(&backend->journal, &saved, NULL)) {
        backend->journal.idle = true;
        return true;
    }
    diagnostics_error(diags, NULL, "The state could not be saved here",
                      "%s can't be written: %s. Nothing was changed. Beside the state lies a file that what "
                      "is done is recorded in; make room for it, and the directory writable.",
                      backend->journal.path, strerror(errno));
    return false;
}

/* Whether the state says what is saved already. What this program or Terraform wrote is the same to the byte
 * then; only what others wrote has to be read again. */
static bool is_saved(const struct backend *backend, const struct state *state)
{
    struct diagnostics ignored = {0};
    if (backend->differs_from || !backend->known)
        return false;
    if (backend->length == 0) /* an apply of nothing leaves a state of nothing, as Terraform's does */
        return false;
    char *text = state_text(state);
    bool same = text != NULL && strcmp(text, backend->text) == 0;
    free(text);
    if (same || backend->written)
        return same;
    struct state *saved = state_parse(backend->text, backend->length, backend->name, &ignored);
    same = saved != NULL && state_equal(saved, state);
    state_destroy(saved);
    diagnostics_clear(&ignored);
    return same;
}

/* The state as it was before this run. */
static bool write_backup(struct backend *backend, char **problem)
{
    if (backend->written || backend->backup_path == NULL || backend->length == 0)
        return true;
    if (file_replace_named(backend->backup_path, backend->text, backend->length))
        return true;
    *problem = backend_problem("its backup %s can't be written: %s", backend->backup_path, strerror(errno));
    return false;
}

/* Puts a text in the place of what is saved: backup, side file, then the write itself. Takes `text` over
 * where that succeeds. The side file stays, and has room for what is still to come: it says what is saved. */
static bool write_whole(struct backend *backend, char *text, size_t length, const struct state *state,
                        char **problem)
{
    struct content saved = saved_content(backend);
    struct content next = {text, length, state->lineage, state->serial};
    char *lineage = strdup(state->lineage);
    bool done = lineage != NULL && write_backup(backend, problem);
    if (done && !journal_begin(&backend->journal, &saved, &next)) {
        *problem = backend_problem("%s can't be written: %s", backend->journal.path, strerror(errno));
        done = false;
    }
    backend->journal.idle = false;
    if (!done || !backend->kind->write(backend, text, length, problem)) {
        free(lineage);
        return false;
    }
    free(backend->text);
    free(backend->lineage);
    backend->text = text;
    backend->length = length;
    backend->lineage = lineage;
    backend->serial = state->serial;
    backend->known = backend->written = true;
    backend->differs_from = backend->recovered = false;
    backend->unsynced = backend->whole_due = false;
    return true;
}

/* Gives the state its next serial and writes it. *text is what was to be written, where it was not. */
static bool save(struct backend *backend, struct state *state, char **text, char **problem)
{
    double start = backend_now();
    if (*state->lineage == '\0') {
        char *lineage = uuid_make();
        if (lineage == NULL)
            return false;
        free(state->lineage);
        state->lineage = lineage;
    }
    /* A state that was not saved yet begins with 1, like Terraform's. */
    uint64_t before = state->serial;
    state->serial = (backend->serial > before ? backend->serial : before) + 1;
    *text = state_text(state);
    bool done = *text != NULL && write_whole(backend, *text, strlen(*text), state, problem);
    if (done)
        *text = NULL;
    else
        state->serial = before;
    backend->write_end = backend_now();
    backend->write_seconds = backend->write_end - start;
    return done;
}

/* Puts what could not be saved where the user finds it. *path is new. */
static bool write_errored(const char *text, char **path)
{
    *path = strdup("errored.tfstate");
    if (*path != NULL && file_replace(*path, text, strlen(text)))
        return true;
    free(*path);
    const char *folder = getenv("TMPDIR");
    char *uuid = uuid_make();
    *path = uuid == NULL ? NULL
                         : backend_problem("%s/errored.%s.tfstate",
                                           folder == NULL || *folder == '\0' ? "/tmp" : folder, uuid);
    free(uuid);
    if (*path != NULL && file_replace(*path, text, strlen(text)))
        return true;
    free(*path);
    *path = NULL;
    return false;
}

/* Where neither the state nor errored.tfstate can be written. What the side file holds is safe; where it
 * lacks something, this message is the only place left for it, as it is for Terraform. */
static void tell_unsaved(const struct backend *backend, const char *problem, const char *text,
                         struct diagnostics *diags)
{
    const char *reason = strerror(errno);
    if (!backend->told)
        diagnostics_error(diags, NULL, "Failed to save state",
                          "Error saving state: %s.\n\n%s is as it was, and errored.tfstate could not be "
                          "written either (%s). What was recorded lies in %s: put right what is wrong, and "
                          "run again, which recovers it.",
                          problem, backend->name, reason, backend->journal.path);
    else
        diagnostics_error(diags, NULL, "Failed to save state",
                          "Error saving state: %s.\n\n%s is as it was, and errored.tfstate could not be "
                          "written either (%s), nor all of it be recorded. Below stands the state as it is "
                          "now. It lies nowhere else: copy it into a file, without what this frame adds to "
                          "the lines, before anything else is done here.\n\n%s",
                          problem, backend->name, reason, text);
}

static void save_error(const struct backend *backend, const char *problem, const char *text,
                       struct diagnostics *diags)
{
    char *path = NULL;
    if (problem == NULL)
        problem = "there is no memory left";
    if (text == NULL) {
        diagnostics_no_memory(diags);
    } else if (write_errored(text, &path)) {
        diagnostics_error(diags, NULL, "Failed to save state",
                          "Error saving state: %s.\n\n%s is as it was; the new state lies in %s. Put right "
                          "what is wrong, then copy that file over the state (or run \"terraform state push "
                          "%s\"). Running again before that would not know of what was just done.",
                          problem, backend->name, path, path);
    } else {
        tell_unsaved(backend, problem, text, diags);
    }
    free(path);
}

bool backend_save(struct backend *backend, struct state *state, struct diagnostics *diags)
{
    char *text = NULL, *problem = NULL;
    journal_trim(&backend->journal);
    bool done = is_saved(backend, state) || save(backend, state, &text, &problem);
    if (done)
        journal_drop(&backend->journal); /* one that stays says what is saved, which the next reader sees */
    else
        save_error(backend, problem, text, diags);
    /* What was recovered comes to what is saved: the side file of that run has nothing more to say. */
    if (done && backend->recovered) {
        file_remove(backend->journal.path);
        backend->recovered = false;
    }
    free(text);
    free(problem);
    return done;
}

/* Appends to the side file, which is begun where there is none. */
static bool append_record(struct backend *backend, const struct state *state, const struct address *address,
                          const char *deposed)
{
    struct content saved = saved_content(backend);
    char *record = record_text(state, address, deposed);
    bool done = record != NULL &&
                (journal_active(&backend->journal) || journal_begin(&backend->journal, &saved, NULL)) &&
                journal_append(&backend->journal, record, strlen(record));
    if (done)
        backend->journal.idle = false;
    free(record);
    return done;
}

/* Writes the whole state. *problem says what is wrong; the text is of no use yet. */
static bool save_now(struct backend *backend, struct state *state, char **problem)
{
    char *text = NULL;
    bool done = save(backend, state, &text, problem);
    free(text);
    return done;
}

/* Says, once, that something could neither be recorded nor saved. Always false. */
static bool tell_unrecorded(struct backend *backend, const char *problem, struct diagnostics *diags)
{
    if (!backend->told)
        diagnostics_error(diags, NULL, "What was done could not be recorded",
                          "%s. So no further change is begun. At the end the state is saved once more; if "
                          "that fails, too, it is written to errored.tfstate.",
                          problem == NULL ? "There is no memory left" : problem);
    backend->told = true;
    return false;
}

bool backend_record(struct backend *backend, struct state *state, const struct address *address,
                    const char *deposed, struct diagnostics *diags)
{
    char *problem = NULL;
    backend->unsynced = true;
    if (address != NULL && append_record(backend, state, address, deposed))
        return true;
    backend->whole_due = true; /* and stays so until the whole is written */
    bool done =
        address == NULL || save_now(backend, state, &problem) || tell_unrecorded(backend, problem, diags);
    free(problem);
    return done;
}

bool backend_sync(struct backend *backend, struct state *state, struct diagnostics *diags)
{
    char *problem = NULL;
    if (!backend->unsynced)
        return true;
    bool whole = backend->whole_due || backend_now() - backend->write_end >= backend->write_seconds * 10;
    bool done = whole && save_now(backend, state, &problem);
    /* Recorded at least: the save at the end says what is wrong. */
    if (!done && !backend->whole_due && journal_active(&backend->journal) &&
        journal_sync(&backend->journal)) {
        backend->unsynced = false;
        done = true;
    }
    if (!done) {
        free(problem);
        problem = NULL;
        done = save_now(backend, state, &problem) || tell_unrecorded(backend, problem, diags);
    }
    free(problem);
    return done;
}
