/* SPDX-License-Identifier: Apache-2.0
 *
 * admin.h - what tests use to look inside and to change things behind a client's back.
 */
#ifndef SIMULATOR_ADMIN_H
#define SIMULATOR_ADMIN_H

#include "http.h"

/* Whether the path is below /_admin/. */
bool admin_owns(const char *path);

/* Answers a request below /_admin/. False: no memory. */
bool admin_answer(struct server *server, const struct request *request, struct answer *answer);

#endif
