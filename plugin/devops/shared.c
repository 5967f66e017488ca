/* SPDX-License-Identifier: Apache-2.0
 *
 * shared.c - one request for many that want its answer; see shared.h.
 *
 * Who asked before what was sent is told by the session's `order`, a counter under its lock. A fresh
 * answer is one whose request has a higher order than the asking.
 */
#include "shared.h"

#include "../session.h"

#include <stdlib.h>

enum {
    RECENT_MS = 5000,
    /* A fresh listing waits for others that may want it too: */
    GATHER_MS = 100,      /* after the last sign of life, for one more */
    GATHER_MANY_MS = 750, /* likewise where MANY were served: the host is at something large, and slow */
    MANY = 16,
    GATHER_ALL_MS = 1500, /* for all of them, or 5/2 of what a listing takes, up to GATHER_MAX_MS */
    GATHER_MAX_MS = 5000,
    GATHER_FIRST = 8, /* so many are expected after the first one */
};

void snapshot_release(struct snapshot *snapshot)
{
    if (snapshot && atomic_fetch_sub(&snapshot->references, 1) == 1) {
        if (snapshot->data) {
            snapshot->destroy(snapshot->data);
        }
        failure_clear(&snapshot->failure);
        free(snapshot);
    }
}

void shared_clear(struct shared *shared)
{
    snapshot_release(shared->latest);
    snapshot_release(shared->failed);
    shared->latest = shared->failed = NULL;
}

void shared_drop(astra_session *session, struct shared *shared)
{
    session_lock(session);
    shared->dropped = ++session->order;
    session_unlock(session);
}

/* One asking, as the loop in shared_get() needs it. */
struct asking {
    enum freshness freshness;
    uint64_t floor;   /* answers sent before this are too old */
    uint64_t arrived; /* failures sent before this are not ours */
};

static struct snapshot *usable(const struct shared *shared, const struct asking *asking)
{
    struct snapshot *latest = shared->latest, *failed = shared->failed;

    if (latest && latest->sent > asking->floor &&
        (asking->freshness != SHARED_RECENT || session_now() - latest->came_at <= RECENT_MS)) {
        return latest;
    }
    return failed && failed->sent > asking->arrived ? failed : NULL;
}

/* When a fresh request may be sent, so that others can join. A host runs so many operations at once, and
 * starts the next one when one has ended: where as many ask as the last time, that is now. Else some are
 * still busy, with registering for instance, or the host is: they are waited for as long as something goes
 * on. A lone caller, and one that follows another, does not wait: nobody joined the last time. */
static int64_t due(const astra_session *session, const struct shared *shared, const struct asking *asking)
{
    int64_t last_sign =
        session->last_ended_at > shared->last_asked ? session->last_ended_at : shared->last_asked;
    int64_t quiet = last_sign + (shared->served < MANY ? GATHER_MS : GATHER_MANY_MS);
    int64_t all = shared->last_took * 5 / 2;

    if (asking->freshness != SHARED_FRESH || !shared->ever_sent || shared->pending >= shared->expected) {
        return 0;
    }
    all = all < GATHER_ALL_MS ? GATHER_ALL_MS : all > GATHER_MAX_MS ? GATHER_MAX_MS : all;
    all += shared->first_asked;
    return session->operation_count > shared->pending || quiet > all ? all : quiet;
}

/* Counts a caller in that is to be gathered. */
static void join(struct shared *shared)
{
    shared->last_asked = session_now();
    if (shared->pending++ == 0) {
        shared->first_asked = shared->last_asked;
    }
}

/* A request is about to be sent: it serves all that are pending. Learns from how many there are. */
static void gathered(struct shared *shared)
{
    bool enough = shared->pending >= shared->expected;

    if (shared->pending == 0) {
        return;
    }
    if (shared->pending > shared->most) {
        shared->most = shared->pending;
    }
    if (!shared->ever_sent) {
        shared->expected = shared->most = GATHER_FIRST;
    } else if (!enough) {
        shared->expected = shared->pending > shared->expected / 2 ? shared->pending : shared->expected / 2;
        shared->most -= shared->most > shared->expected;
    } else if (shared->pending > 1) {
        shared->expected = shared->expected * 2 < shared->most ? shared->expected * 2 : shared->most;
    }
    shared->served += shared->pending;
    shared->pending = 0;
}

/* Sends the request with the lock let go, and keeps what came of it for all. Returns the answer or the
 * failure with a reference for the caller; NULL where only this caller is concerned (cancelled, or no
 * memory). */
static struct snapshot *send_for_all(struct operation *operation, struct shared *shared,
                                     const struct shared_source *source, int *status)
{
    astra_session *session = operation->session;
    struct snapshot *snapshot = calloc(1, sizeof(*snapshot)), *old = NULL;
    int64_t sent_at = session_now();

    if (!snapshot) {
        *status = operation_no_memory(operation);
        return NULL;
    }
    atomic_init(&snapshot->references, 1);
    snapshot->destroy = source->destroy;
    snapshot->sent = ++session->order;
    gathered(shared);
    shared->ever_sent = shared->under_way = true;
    session_unlock(session);
    *status = source->fetch(operation, &snapshot->data);
    if (*status != ASTRA_OK) {
        failure_copy(&snapshot->failure, &operation->failure);
    }
    session_lock(session);
    shared->under_way = false;
    /* Its age counts from here, not from the sending: who waited for a slow answer must find it recent. */
    snapshot->came_at = session_now();
    shared->last_took = snapshot->came_at - sent_at;
    if (*status == ASTRA_CANCELLED) {
        snapshot_release(snapshot);
        snapshot = NULL;
    } else {
        struct snapshot **kept = *status == ASTRA_OK ? &shared->latest : &shared->failed;

        old = *kept;
        atomic_fetch_add(&snapshot->references, 1);
        *kept = snapshot;
    }
    session_changed(session);
    snapshot_release(old);
    return snapshot;
}

int shared_get(struct operation *operation, struct shared *shared, const struct shared_source *source,
               enum freshness freshness, struct snapshot **result)
{
    astra_session *session = operation->session;
    struct asking asking = {.freshness = freshness};
    struct snapshot *snapshot = NULL;
    int status = ASTRA_OK;

    session_lock(session);
    asking.arrived = ++session->order;
    asking.floor = freshness == SHARED_FRESH    ? asking.arrived
                   : freshness == SHARED_RECENT ? shared->dropped
                                                : 0;
    if (freshness == SHARED_FRESH) {
        join(shared);
        session_changed(session);
    }
    while (!snapshot && status == ASTRA_OK) {
        int64_t when;

        if (atomic_load(&operation->cancelled)) {
            status = operation_fail_cancelled(operation);
        } else if ((snapshot = usable(shared, &asking))) {
            atomic_fetch_add(&snapshot->references, 1);
        } else if (shared->under_way) {
            session_wait(session, -1);
        } else if ((when = due(session, shared, &asking)) > session_now()) {
            session_wait(session, when);
        } else {
            snapshot = send_for_all(operation, shared, source, &status);
        }
    }
    session_unlock(session);
    if (snapshot && snapshot->failure.status != ASTRA_OK) {
        status = snapshot->failure.status;
        failure_copy(&operation->failure, &snapshot->failure);
        snapshot_release(snapshot);
        snapshot = NULL;
    }
    *result = snapshot;
    return status;
}
