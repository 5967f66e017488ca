/* SPDX-License-Identifier: Apache-2.0
 *
 * backend_internal.h - what the kinds of backend (a local file, http) have in common, and what each does by
 * itself: take and give back a lock once, read a text, write a text.
 */
#ifndef HOST_BACKEND_INTERNAL_H
#define HOST_BACKEND_INTERNAL_H

#include "backend.h"
#include "journal.h"
#include "lock_info.h"

#include <stdint.h>

enum lock_result {
    LOCK_TAKEN,
    LOCK_HELD,   /* by another; `held` says who as far as it is known */
    LOCK_FAILED, /* and trying again makes no sense */
};

/* Each gets what it needs to know from the backend, and describes a failure in *problem: a new text without
 * credentials, NULL without memory. */
struct backend_kind {
    /* `info` is what to leave behind for others. */
    enum lock_result (*lock)(struct backend *backend, const struct lock_info *info, struct lock_info *held,
                             char **problem);
    bool (*unlock)(struct backend *backend, char **problem);
    bool (*force_unlock)(struct backend *backend, const char *id, char **problem);
    /* What is saved: a new text, NUL-terminated, empty where nothing is. */
    bool (*read)(struct backend *backend, char **text, size_t *length, char **problem);
    /* Called once a snapshot lies in the side file. What is saved is either the new text or still the old. */
    bool (*write)(struct backend *backend, const char *text, size_t length, char **problem);
    /* Finds out whether write() may work. */
    bool (*prepare)(struct backend *backend, size_t length, char **problem);
    void (*close)(struct backend *backend);
};

struct backend {
    const struct backend_kind *kind;
    char *name;        /* for messages */
    char *backup_path; /* or NULL */
    bool lock, locked; /* whether to lock; whether it is */
    bool waits;        /* whether a wait was told of */
    double lock_timeout;
    int wake; /* an eventfd that interrupt makes readable */
    void (*waiting)(void *context);
    void *waiting_context;
    struct lock_info info; /* of the lock that is held */
    /* What is saved now, as last read or written. */
    char *text;
    size_t length;
    char *lineage;
    uint64_t serial;
    bool known;        /* text is */
    bool written;      /* by this run: the text is ours, and the backup done */
    char *read_path;   /* where the state is read where that is another file (-state-out), or NULL */
    bool differs_from; /* it was read from there: save in any case */
    struct journal journal;
    bool recovered;                  /* what was read holds what a crash left, which is not saved yet */
    bool unsynced;                   /* something was recorded since the last backend_sync() */
    bool whole_due;                  /* of which the side file does not know all */
    bool told;                       /* that something could not be recorded */
    double write_seconds, write_end; /* the last whole write: how long it took, when it ended */
    void *own;                       /* the kind's */
};

/* Opens one of a kind: `backend` has kind NULL yet. False after an error. */
bool backend_open_local(struct backend *backend, const struct config_backend *config,
                        const struct backend_options *options, struct diagnostics *diags);
bool backend_open_http(struct backend *backend, const struct config_backend *config,
                       const struct backend_options *options, struct diagnostics *diags);

/* A text for *problem, like printf's; NULL without memory. */
char *backend_problem(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A file of a configuration's directory: `path` itself where it is absolute. NULL without memory. */
char *backend_path(const char *directory, const char *path);

/* A string among the settings of a backend block, or NULL. Borrowed. */
const char *backend_setting(const struct config_backend *config, const char *name);

/* Seconds of the monotonic clock. */
double backend_now(void);

/* Waits so long, or until backend_interrupt(): false then. */
bool backend_wait(struct backend *backend, double seconds);

/* --- journal records: backend_record.c --- */

/* What one instance has come to, as a record of the side file: text, NULL without memory. */
char *record_text(const struct state *state, const struct address *address, const char *deposed);

/* Does to a state what the record says. */
bool record_apply(struct state *state, const char *text, size_t length, const char *name,
                  struct diagnostics *diags);

/* --- recovery: recover.c --- */

/* The state that is saved, with what a crash left where that goes on from it. *changed: the result is not
 * what is saved, and should be saved now. NULL after an error. */
struct state *recover(struct backend *backend, bool *changed, struct diagnostics *diags);

#endif
