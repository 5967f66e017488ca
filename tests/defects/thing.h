/* SPDX-License-Identifier: Apache-2.0
 *
 * thing.h - a plugin that is right, and whose functions can be replaced one by one: thing_create() is
 * good_create() unless the source that it is linked with has a thing_create() of its own. Each such source is
 * wrong in one way.
 */
#ifndef TESTS_THING_H
#define TESTS_THING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DONE = 0, GONE = 1, FAILED = 2 };

struct session;

struct report {
    void (*add)(const struct report *report, int severity, const char *attribute, const char *summary,
                const char *detail);
};

/* What out parameters point to. */
struct thing {
    char *id, *note;
    double ratio;
};

uint32_t thing_abi_version(void);
void thing_free(void *memory);
struct session *thing_open(const char *directory, const struct report *report);
void thing_close(struct session *session);
void thing_cancel(struct session *session, const struct report *report);
int thing_create(struct session *session, const char *name, int32_t size, const char *labels, char **id,
                 char **note, double *ratio, const struct report *report);
int thing_read(struct session *session, const char *name, char **found_name, int32_t *size, char **labels,
               char **id, char **note, double *ratio, const struct report *report);
int thing_update(struct session *session, const char *name, int32_t size, const char *labels,
                 const struct report *report);
int thing_delete(struct session *session, const char *name, const struct report *report);

int good_create(struct session *session, const char *name, int32_t size, const char *labels, char **id,
                char **note, double *ratio, const struct report *report);
int good_read(struct session *session, const char *name, char **found_name, int32_t *size, char **labels,
              char **id, char **note, double *ratio, const struct report *report);
int good_update(struct session *session, const char *name, int32_t size, const char *labels,
                const struct report *report);
int good_delete(struct session *session, const char *name, const struct report *report);

/* Waits until thing_cancel() was called; meanwhile a file "NAME.waiting" is there. */
void wait_for_cancel(struct session *session, const char *name);

#endif
