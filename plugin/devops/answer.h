/* SPDX-License-Identifier: Apache-2.0
 *
 * answer.h - what an answer of the API says: its JSON, read strictly as to types, and its errors,
 * turned into an operation's failure.
 */
#ifndef PLUGIN_DEVOPS_ANSWER_H
#define PLUGIN_DEVOPS_ANSWER_H

#include "http.h"

#include <json-c/json.h>

/* Whether the API did what was asked. */
bool answer_ok(const struct http_answer *answer);

/* Whether an answer to a write says that it was done: with nothing, or with JSON that tells of no errors.
 * What else comes with a good status is a gateway's, a page to sign in for instance, and tells nothing. */
bool answer_done(const struct http_answer *answer);

/* Whether the body is a web page: no words of the API, whatever the status. */
bool answer_is_page(const struct http_answer *answer);

/* Fails the operation with what an answer that is not ok says. `doing` completes "Astra could not …"
 * as in "list the registered keys"; `permission` is what a 403 lacks. */
int answer_fail(struct operation *operation, const struct http_answer *answer, const char *doing,
                const char *permission);

/* The API's own words, fit to be quoted: a new string, "" where it said nothing, NULL without memory. */
char *answer_message(const struct operation *operation, const struct http_answer *answer);

/* Parses the body. Sets *json, to be put, or fails the operation. */
int answer_json(struct operation *operation, const struct http_answer *answer, const char *doing,
                struct json_object **json);

/* Fails with ASTRA_FAILED: the answer does not have the documented shape at `pointer`. */
int answer_misshapen(struct operation *operation, const char *doing, const char *pointer,
                     const char *expected);

/* Where in an answer we are, for errors. */
struct place {
    struct operation *operation;
    const char *doing;
    const char *pointer; /* JSON pointer to the object */
};

/* The first member that has one of `names` (in any letter case, NULL-terminated), NULL where there is none,
 * or where it is null. */
struct json_object *member(struct json_object *object, const char *const *names);

/* A member that must be text if it is there. Sets *text to it, borrowed, or to NULL. */
int member_text(const struct place *place, struct json_object *object, const char *const *names,
                const char **text);

/* Likewise, but it must be there and not be empty. */
int member_required(const struct place *place, struct json_object *object, const char *const *names,
                    const char **text);

#endif
