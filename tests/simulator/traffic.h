/* SPDX-License-Identifier: Apache-2.0
 *
 * traffic.h - counts and logs the requests to the API (not those below /_admin/),
 * and lets a test wait for one. Thread-safe. Never holds a token.
 */
#ifndef SIMULATOR_TRAFFIC_H
#define SIMULATOR_TRAFFIC_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct traffic;

enum traffic_end {
    TRAFFIC_ANSWERED,
    TRAFFIC_CLOSED,  /* by a fault, without a whole answer */
    TRAFFIC_ABORTED, /* by the client, while the answer was delayed or held */
};

struct traffic *traffic_create(void);
void traffic_destroy(struct traffic *traffic);

/* Whether `path` matches `pattern`: NULL, "*" and "" match all, `*` anything but a slash, and a final
 * slash and two asterisks all that lies below. */
bool path_matches(const char *pattern, const char *path);

/* A request is here. `group` is the pattern it is counted under. Returns its number, 0 without memory. */
uint64_t traffic_arrived(struct traffic *traffic, const char *method, const char *path, const char *group,
                         bool authorized, uint64_t connection);
void traffic_ended(struct traffic *traffic, uint64_t number, unsigned status, enum traffic_end end);

/* {"total", "aborted", "by", "log"}, where a log line's "began" and "ended" count arrivals and ends, so that
 * they tell which requests overlapped. NULL: no memory. */
struct json_object *traffic_report(struct traffic *traffic);
void traffic_reset(struct traffic *traffic);

/* Waits until `count` matching requests have arrived since the last reset. False: they have not. */
bool traffic_wait(struct traffic *traffic, const char *method, const char *path, uint64_t count,
                  int timeout_ms);
/* Ends all waits, now and to come. */
void traffic_stop(struct traffic *traffic);

#endif
