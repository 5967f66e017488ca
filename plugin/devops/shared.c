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
    GATHER_MS = 50, /* at least, between two fresh listings, so that parallel creates share them */
    GATHER_MAX_MS = 500,
    SETTLE_MS = 5, /* a host starts its next operation that soon after another one ended */
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
        (asking->freshness != SHARED_RECENT || session_now() - latest->sent_at <= RECENT_MS)) {
        return latest;
    }
    return failed && failed->sent > asking->arrived ? failed : NULL;
}

/* When a fresh request may be sent, so that others can join: those that the last listing served are back when
 * a registration is done too, which takes about as long. Those who wait already can't join: where everybody
 * does, it is as soon as no other follows; for a lone caller, now. */
static int64_t due(const astra_session *session, const struct shared *shared, const struct asking *asking)
{
    int64_t gather = shared->last_took * 5 / 2;

    if (asking->freshness != SHARED_FRESH || !shared->ever_sent) {
        return 0;
    }
    if (session->operation_count <= shared->waiting) {
        return session->last_ended_at + SETTLE_MS;
    }
    gather = gather < GATHER_MS ? GATHER_MS : gather > GATHER_MAX_MS ? GATHER_MAX_MS : gather;
    return shared->last_sent_at + gather;
}

/* Sends the request with the lock let go, and keeps what came of it for all. Returns the answer or the
 * failure with a reference for the caller; NULL where only this caller is concerned (cancelled, or no
 * memory). */
static struct snapshot *send_for_all(struct operation *operation, struct shared *shared,
                                     const struct shared_source *source, int *status)
{
    astra_session *session = operation->session;
    struct snapshot *snapshot = calloc(1, sizeof(*snapshot)), *old = NULL;

    if (!snapshot) {
        *status = operation_no_memory(operation);
        return NULL;
    }
    atomic_init(&snapshot->references, 1);
    snapshot->destroy = source->destroy;
    snapshot->sent = ++session->order;
    snapshot->sent_at = shared->last_sent_at = session_now();
    shared->ever_sent = shared->under_way = true;
    session_unlock(session);
    *status = source->fetch(operation, &snapshot->data);
    if (*status != ASTRA_OK) {
        failure_copy(&snapshot->failure, &operation->failure);
    }
    session_lock(session);
    shared->under_way = false;
    shared->last_took = session_now() - snapshot->sent_at;
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
    shared->waiting++;
    session_changed(session);
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
    shared->waiting--;
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
