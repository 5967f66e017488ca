/* SPDX-License-Identifier: Apache-2.0
 *
 * devops.h - the part of the DevOps API that is served.
 */
#ifndef SIMULATOR_DEVOPS_H
#define SIMULATOR_DEVOPS_H

#include "http.h"

/* Answers a request, after checking its token. False: no memory. */
bool devops_answer(struct server *server, const struct request *request, struct answer *answer);

/* The pattern that requests for `path` are counted under: a route's, else the path itself. */
const char *devops_group(const char *path);

#endif
