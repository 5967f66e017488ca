/* SPDX-License-Identifier: Apache-2.0
 *
 * call.h - one callback of a plugin as a C call: arguments from values, results back into
 * values. Its implementation is the only file that calls libffi; what a C type is stands in
 * ctype.h, what a callback looks like in schema.h.
 */
#ifndef BRIDGE_CALL_H
#define BRIDGE_CALL_H

#include "diagnostic.h"
#include "schema.h"

#include <json-c/json.h>

/* How many arguments a callback may have. */
enum { CALL_MAX_ARGUMENTS = 32 };

/* A callback bound to its function. */
struct call;

/* Releases what a plugin handed out: its own `free`. */
typedef void (*call_release)(void *memory);

/* Binds `function` to the callback. NULL after an error. The caller keeps it in schema_callback.call. */
struct call *call_create(const struct schema_callback *callback, void (*function)(void), call_release release,
                         struct diagnostics *diags);

void call_destroy(struct call *call);

/* What `$report` points to: the function comes first, as the plugin's own header has it. */
struct call_report {
    void (*add)(const struct call_report *report, int severity, const char *attribute, const char *summary,
                const char *detail);
    struct diagnostics *diags;
};

/* What a call takes its arguments from, and leaves its results in. Start it zeroed and with
 * call_report_init(), end with call_frame_clear(). Trees that go in are borrowed. */
struct call_frame {
    struct call_report report;
    void *session;                    /* $session */
    const void *log;                  /* $log */
    const char *operation;            /* $operation */
    const char *private_in;           /* $private */
    const char *state_in;             /* $state */
    int64_t version;                  /* $version */
    const struct json_object *object; /* attributes; NULL: all null */
    const struct json_object *prior;  /* $prior.…; NULL: all null */

    struct json_object *outputs; /* an object: what was handed out, by attribute; a null output is in it */
    char *private_out;           /* &$private */
    struct json_object *list;    /* &$list */
    struct json_object *state;   /* &$state */
    void *pointer;               /* what a `pointer` callback returned */
    int status;                  /* what a `status` callback returned, or errno */
    bool succeeded;              /* the callback said so, whatever it handed out */
};

enum call_outcome {
    CALL_DONE,
    CALL_GONE,    /* the object does not exist: status 1, or ENOENT or ENOTDIR of an `errno` callback */
    CALL_EXISTS,  /* EEXIST of an `errno` callback; no error was added */
    CALL_FAILED,  /* the callback said so; at least one error was added */
    CALL_INVALID, /* it was not called, or broke its contract; an error was added */
};

void call_report_init(struct call_frame *frame, struct diagnostics *diags);

/* Calls. Outputs are collected after a failure too. diags->status is set to what a failing `status`
 * callback returned. */
enum call_outcome call_run(const struct schema_callback *callback, struct call_frame *frame);

/* The symbol whose function this thread is in, or NULL. May be called in a signal handler. */
const char *call_under_way(void);

/* Calls the provider's `cancel` for the call that was given `report`. */
void call_cancel(const struct schema_callback *cancel, void *session, const struct call_report *report);

/* Whether every argument is known: no unknown value goes in. */
bool call_arguments_known(const struct schema_callback *callback, const struct call_frame *frame);

/* Whether an argument of this kind occurs. */
bool call_uses(const struct schema_callback *callback, enum argument_kind kind);

/* Whether the callback hands this attribute out. */
bool call_hands_out(const struct schema_callback *callback, const struct schema_attribute *attribute);

void call_frame_clear(struct call_frame *frame);

#endif
