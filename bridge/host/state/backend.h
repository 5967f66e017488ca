/* SPDX-License-Identifier: Apache-2.0
 *
 * backend.h - where a state is kept and locked: a local file, or Terraform's http backend. One thread uses
 * it; only backend_interrupt() may come from another or from a signal's reader.
 *
 * Local: the same lock as Terraform's (an fcntl write lock on the state file, and
 * .NAME.lock.info beside it), so that the two exclude each other. The lock belongs to the inode and to any
 * descriptor of it in this process, so the file is opened once, never replaced by a rename, and written in
 * place after a whole snapshot lies synced in a side file (.NAME.journal beside the state; for http
 * .http.tfstate.journal in the configuration's directory). What was done since then is appended to the side
 * file, one record a change, for which there is room from backend_prepare() on: a crash loses nothing, and
 * the next backend_read() recovers.
 */
#ifndef HOST_BACKEND_H
#define HOST_BACKEND_H

#include "../language/config.h"
#include "state.h"

struct backend;

struct backend_options {
    const char *directory;  /* of the configuration */
    const char *state_path; /* -state, or NULL */
    const char *state_out;  /* -state-out, or NULL */
    const char *backup;     /* -backup; "-" means none; NULL: the state's path with .backup */
    bool backup_dated;      /* where `backup` is NULL, its name has the time in it: state mv, state rm */
    bool lock;              /* -lock=false clears it */
    double lock_timeout;    /* seconds; -lock-timeout */
    /* Called once, when another holds the lock and it is waited for. May be NULL. */
    void (*waiting)(void *context);
    void *waiting_context;
};

/* Of a configuration's backend block (NULL: local). Reads TF_HTTP_* for http. NULL after an error. */
struct backend *backend_open(const struct config_backend *config, const struct backend_options *options,
                             struct diagnostics *diags);

/* Takes the lock; `operation` is "OperationTypePlan", "OperationTypeApply", … False after an error that says
 * who holds it since when, its ID, and force-unlock. */
bool backend_lock(struct backend *backend, const char *operation, struct diagnostics *diags);
bool backend_unlock(struct backend *backend, struct diagnostics *diags);

/* Takes another's lock away (force-unlock ID). */
bool backend_force_unlock(struct backend *backend, const char *id, struct diagnostics *diags);

/* Makes waits for a lock or a server end at once. */
void backend_interrupt(struct backend *backend);

/* Reads the state; an empty one where there is none yet. Recovers what a crash left, with a warning that says
 * so. NULL after an error. */
struct state *backend_read(struct backend *backend, struct diagnostics *diags);

/* About how many bytes the record of an instance with these attributes takes. */
size_t backend_room(const struct json_object *attributes);

/* Makes sure, before anything is changed outside, that a state can be saved here later: that it is writable,
 * and that there is room for the records of all that is to come (`room` bytes, which are taken on the disk
 * now), and for the state with them. Saves first what was recovered and could not be saved yet. */
bool backend_prepare(struct backend *backend, struct state *state, size_t room, struct diagnostics *diags);

/* Says that an instance (or, address NULL, an output or more than one thing) of the state has just changed or
 * gone, and writes that down at once, so that a crash of this program does not lose it. False, after an error
 * the first time, where that can't be done: then nothing more should be changed outside. */
bool backend_record(struct backend *backend, struct state *state, const struct address *address,
                    const char *deposed, struct diagnostics *diags);

/* Makes all that was recorded safe on the disk, however much it is, in the time of one sync: call it before
 * what depends on that is begun. The whole state is written where the last time took less than a tenth of the
 * time since. Fails like backend_record(). */
bool backend_sync(struct backend *backend, struct state *state, struct diagnostics *diags);

/* Saves the whole state if it differs from what is there: a new serial (and lineage, if it has none), the
 * backup before the first write. False after an error; what could not be saved then lies in errored.tfstate
 * in the current directory, and the error says so and what to do with it. */
bool backend_save(struct backend *backend, struct state *state, struct diagnostics *diags);

/* What a saved plan was made for: lineage ("" for a state that was never saved) and serial of the state that
 * backend_read() or a save came to last. Borrowed. */
const char *backend_lineage(const struct backend *backend);
uint64_t backend_serial(const struct backend *backend);

/* Closes; a lock that is still held is released. NULL does nothing. */
void backend_close(struct backend *backend);

#endif
