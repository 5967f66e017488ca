/* SPDX-License-Identifier: Apache-2.0
 *
 * faults.h - what a test scripted to go wrong with the next requests that match.
 * Keeps and matches faults; acting on them is http.c's. Thread-safe.
 *
 * A fault in JSON; every member may be left out, an unknown one is refused:
 *
 *   method, path   which requests; see path_matches() of traffic.h for patterns
 *   skip           matching requests to let through first (0)
 *   every          of the matching requests after those, the first of each so many (1: every one)
 *   times          requests it applies to, -1 for all (1)
 *   status         answer with this instead of carrying the request out
 *   store          with status: carry the request out nevertheless
 *   headers        an object of strings, added to the answer; not those that frame the body
 *   body           the answer's body instead of its own; body_repeat: so many times
 *   delay_ms       wait before doing anything
 *   hold           wait until the fault is deleted, or the client goes away
 *   close          "before": close the connection, carry nothing out;
 *                  "after-storing": carry the request out, then close; "middle": close after half the body
 *   garbage        send bytes that are not HTTP, then close
 *   trickle_ms     wait so long before each byte of the body
 *
 * Without status the request is carried out and its answer changed as told.
 */
#ifndef SIMULATOR_FAULTS_H
#define SIMULATOR_FAULTS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

enum fault_close { CLOSE_NOT, CLOSE_BEFORE, CLOSE_MIDDLE, CLOSE_AFTER_STORING };

struct fault_header {
    char *name;
    char *value;
};

/* Constant but for what faults.c counts. */
struct fault {
    TAILQ_ENTRY(fault) link;
    char *method; /* or NULL */
    char *path;   /* or NULL */
    unsigned status;
    bool store;
    struct fault_header *headers;
    size_t header_count;
    char *body; /* or NULL */
    uint64_t body_repeat;
    int delay_ms;
    bool hold;
    enum fault_close close;
    bool garbage;
    int trickle_ms;
    int released; /* an eventfd that becomes readable when the fault is deleted */

    int64_t skip;
    int64_t every;
    int64_t passed; /* matching requests since the last one of those */
    int64_t times;
    uint64_t used;
    unsigned held; /* requests that wait now */
    unsigned references;
};

struct faults;

struct faults *faults_create(void);
/* No request may hold a fault any more. */
void faults_destroy(struct faults *faults);

/* Adds the fault that `text` describes. Returns NULL, or what is wrong. Static. */
const char *faults_add(struct faults *faults, const char *text, size_t size);
/* {"faults": […], "held": N}; NULL: no memory. */
struct json_object *faults_report(struct faults *faults);
/* Drops all, and releases what they hold. */
void faults_clear(struct faults *faults);

/* The fault that applies to this request, which uses it up once, or NULL. To be given back. */
struct fault *faults_take(struct faults *faults, const char *method, const char *path);
void faults_give_back(struct faults *faults, struct fault *fault);
/* A request begins or ends waiting. */
void faults_hold(struct faults *faults, struct fault *fault, bool begins);

#endif
