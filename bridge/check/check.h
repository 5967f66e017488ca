/* SPDX-License-Identifier: Apache-2.0
 *
 * check.h - what the files of bridge-check share: each answers one question about a schemas directory and the
 * plugin behind it. main.c puts them together.
 */
#ifndef BRIDGE_CHECK_H
#define BRIDGE_CHECK_H

#include "diagnostic.h"
#include "schema.h"

#include <stdio.h>

struct provider;

/* Prints errors and warnings, and says whether there was an error. Clears them. */
bool check_print(FILE *out, const char *indent, struct diagnostics *diags);

/* --- inspect.c --- */

/* Adds everything that is wrong with the schemas and the library, in one go, and warnings about what is
 * allowed and seldom meant. */
void check_inspect(const char *directory, struct diagnostics *diags);

/* --- prototype.c --- */

/* The C prototype of a callback's function, newly allocated; NULL without memory. named: with names of
 * parameters, else types alone, so that two can be compared. */
char *check_prototype(const struct schema_callback *callback, bool named);

/* Calls visit(callback) for every callback of every schema. */
void check_each_callback(const struct schema_set *set,
                         void (*visit)(const struct schema *schema, const struct schema_callback *callback,
                                       void *context),
                         void *context);

/* Prints a C header that declares every function that the schemas call. False without memory. */
bool check_prototypes(const struct schema_set *set, FILE *out);

/* --- types.c --- */

/* Prints the table of C types as Markdown. */
void check_types(FILE *out);

/* --- life.c --- */

/* Drives the life of one resource, prints how each step went, and says whether all went well. changes: what
 * update is to change, or NULL. */
bool check_life(struct provider *provider, const struct schema *schema, struct json_object *config,
                struct json_object *changes);

/* The member of an object, NULL where there is none. */
struct json_object *check_member(struct json_object *object, const char *name);

/* Begins and ends one step, whose calls use `diags`. The end prints how it went; true when there was no
 * error. */
void check_begin(const char *name, const char *step, struct diagnostics *diags);
bool check_end(struct diagnostics *diags);

/* --- sample.c --- */

/* Drives each resource and function that the sample file describes, prints how each step went, and says
 * whether all went well. */
bool check_run(const char *directory, const char *sample_file, unsigned timeout_seconds);

/* --- watch.c --- */

/* Runs work(argument) in a process of its own, because a plugin may take its process with it, and says which
 * step that was in. Returns the exit status. */
int check_guarded(int (*work)(void *argument), void *argument);

/* Names the step under way, as in "widget: create". */
void check_step(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Bounds the steps that follow: one that takes longer is cancelled, and ends the process when it does not
 * heed that. False when there is no thread for it. */
bool check_watch_start(struct provider *provider, unsigned timeout_seconds);

/* Begins and ends the time of one step, whose calls use `diags`. The end says whether it had to be cancelled.
 */
void check_watch_begin(const struct diagnostics *diags);
bool check_watch_end(void);

void check_watch_stop(void);

#endif
