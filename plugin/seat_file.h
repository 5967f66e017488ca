/* SPDX-License-Identifier: Apache-2.0
 *
 * seat_file.h - the provider IDs that this machine has seen taken, one file for each organization, cloud and
 * region, an ID a line. It tells an apply what the plan has seen where the host does not: Terraform before
 * version 1.15 applies in a fresh process and drops what a plan wrote down for an object that is still to be
 * made. It also keeps two runs at the same moment from taking one seat. Nothing in it is secret.
 *
 * The folder is $XDG_STATE_HOME/astra-cmk, else ~/.local/state/astra-cmk. Where none can be had, a session
 * goes without.
 */
#ifndef PLUGIN_SEAT_FILE_H
#define PLUGIN_SEAT_FILE_H

#include <stdbool.h>

struct seat_file {
    int descriptor; /* locked; -1: there is no file */
    char *path;
    char *text; /* the whole of it, each line ended */
};

/* Opens and locks the file, making it where it is missing. Held for moments only: never across a request.
 * False, and nothing to close, where there is none to be had. */
bool seat_file_open(struct seat_file *file, const char *organization, const char *cloud, const char *region);

bool seat_file_has(const struct seat_file *file, const char *provider_id);

/* Adds an ID that is not in it yet. False when it could not be written; the file is as it was then. */
bool seat_file_add(struct seat_file *file, const char *provider_id);

/* Takes an ID out; succeeds where it is not in it. */
bool seat_file_remove(struct seat_file *file, const char *provider_id);

void seat_file_close(struct seat_file *file);

#endif
