/* SPDX-License-Identifier: Apache-2.0
 *
 * diagnostic.h - errors and warnings on their way to the user. Every layer of the
 * bridge adds to the list it was given; the front ends print or send it.
 */
#ifndef BRIDGE_DIAGNOSTIC_H
#define BRIDGE_DIAGNOSTIC_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum severity { SEVERITY_ERROR = 1, SEVERITY_WARNING = 2 };

struct diagnostic {
    enum severity severity;
    char *summary;   /* one line */
    char *detail;    /* what to do next; "" where there is nothing to add */
    char *attribute; /* JSON pointer into the value at fault ("/tags/0"), or NULL */
    char *file;      /* of a configuration: the file that `attribute` points into, or NULL */
    char *address;   /* of a configuration: the resource that it is about ("TYPE.NAME[0]"), or NULL */
};

/* What a `status` callback returns where the object does not exist. */
enum { STATUS_GONE = 1 };

/* Start it zeroed: `struct diagnostics diags = {0};`. */
struct diagnostics {
    struct diagnostic *items;
    size_t count, capacity;
    bool has_error;
    int status; /* what the last failing callback returned, 0 when none did; STATUS_GONE where an object that
                   must exist does not */
};

/* Adds a copy. `attribute` is a JSON pointer, a plain attribute name (made a pointer) or NULL.
 * Without memory, an error still sets has_error. Control characters in the summary become spaces. */
void diagnostics_add(struct diagnostics *diags, enum severity severity, const char *attribute,
                     const char *summary, const char *detail);

/* Adds an error whose detail is formatted like printf's. */
void diagnostics_error(struct diagnostics *diags, const char *attribute, const char *summary,
                       const char *detail_format, ...) __attribute__((format(printf, 4, 5)));

/* Likewise a warning. */
void diagnostics_warning(struct diagnostics *diags, const char *attribute, const char *summary,
                         const char *detail_format, ...) __attribute__((format(printf, 4, 5)));

/* Says where the diagnostics from index `first` on come from, those that don't say so already: the file, the
 * place in it that their pointers start from, and the resource. Each may be NULL. */
void diagnostics_locate(struct diagnostics *diags, size_t first, const char *file, const char *pointer,
                        const char *address);

/* Says that memory ran out. */
void diagnostics_no_memory(struct diagnostics *diags);

/* Moves all of `from` to the end of `to`; `from` is empty afterwards. */
void diagnostics_move(struct diagnostics *to, struct diagnostics *from);

/* Frees the items, not the struct, and makes it empty again. */
void diagnostics_clear(struct diagnostics *diags);

#endif
