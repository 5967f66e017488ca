/* SPDX-License-Identifier: Apache-2.0
 *
 * http.h - the server: takes requests from libmicrohttpd, a thread per connection,
 * has them answered by devops.c or admin.c, and lets faults do their harm between.
 * Also what those two files see of a request and its answer.
 */
#ifndef SIMULATOR_HTTP_H
#define SIMULATOR_HTTP_H

#include "faults.h"
#include "options.h"
#include "store.h"
#include "traffic.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct MHD_Connection;

struct request {
    struct MHD_Connection *connection;
    const char *method;
    const char *path;
    char *body;
    size_t body_size;
    bool too_large;
};

struct answer {
    unsigned status;
    char *body; /* owned; NULL: none */
    size_t body_size;
};

/* All that requests share. */
struct server {
    const struct options *options;
    struct store *store;
    struct traffic *traffic;
    struct faults *faults;
    int stopping; /* an eventfd that becomes readable when the server stops */
    struct MHD_Daemon *daemon;
};

/* A parameter of the query or a header, or NULL. Borrowed. */
const char *request_query(const struct request *request, const char *name);
const char *request_header(const struct request *request, const char *name);

/* Make an answer. False: no memory. answer_json owns `object` from then on; NULL is no memory. */
bool answer_json(struct answer *answer, unsigned status, struct json_object *object);
/* {"errors": [{"ID": …, "message": …}]} */
bool answer_error(struct answer *answer, unsigned status, const char *message);

/* Starts to serve; `server` holds everything but `daemon`. False: why was printed to standard error. */
bool server_start(struct server *server);
/* Prints the address that is served, as a line. */
bool server_print_address(const struct server *server);
/* Ends what is under way, and stops. */
void server_stop(struct server *server);

#endif
