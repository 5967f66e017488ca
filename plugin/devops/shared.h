/* SPDX-License-Identifier: Apache-2.0
 *
 * shared.h - answers that many threads of a session want at once: one request serves all that asked
 * before it was sent. An answer is kept as plain C data that nobody changes, and is counted.
 */
#ifndef PLUGIN_DEVOPS_SHARED_H
#define PLUGIN_DEVOPS_SHARED_H

#include "../operation.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* One answer, or the failure to get one. */
struct snapshot {
    atomic_uint references;
    uint64_t sent;   /* the session's order when the request was sent */
    int64_t came_at; /* ms: when its answer was there */
    void *data;
    void (*destroy)(void *data);
    struct failure failure;
};

struct shared {
    struct snapshot *latest; /* the last answer, or NULL */
    struct snapshot *failed; /* the last failure, or NULL: for those who waited for it */
    uint64_t dropped;        /* what was sent before this order is out of date */
    int64_t last_took;       /* ms that the last request took */
    bool under_way, ever_sent;
    /* Of fresh askings alone, to gather those that come in parallel: */
    unsigned pending;    /* callers that no request was sent for yet */
    unsigned expected;   /* so many are worth waiting for */
    unsigned most;       /* so many were gathered at most, lately */
    uint64_t served;     /* callers so far */
    int64_t first_asked; /* ms: when the first of those that are pending asked, and the last */
    int64_t last_asked;
};

enum freshness {
    SHARED_ONCE,   /* any answer of the session will do */
    SHARED_RECENT, /* came at most five seconds ago, and was sent after every write of this session */
    SHARED_FRESH,  /* sent after it was asked for */
};

/* What an answer is made by. fetch() sends the request and sets *data, or fails the operation. */
struct shared_source {
    int (*fetch)(struct operation *operation, void **data);
    void (*destroy)(void *data);
};

/* Sets *snapshot to an answer that is fresh enough, to be given back with snapshot_release(). */
int shared_get(struct operation *operation, struct shared *shared, const struct shared_source *source,
               enum freshness freshness, struct snapshot **snapshot);

/* NULL does nothing. */
void snapshot_release(struct snapshot *snapshot);

/* Declares all answers that were sent so far out of date. */
void shared_drop(astra_session *session, struct shared *shared);

/* Frees what is kept. */
void shared_clear(struct shared *shared);

#endif
