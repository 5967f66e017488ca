/* SPDX-License-Identifier: Apache-2.0
 *
 * token_file.h - a token that lies in a file. What a token may look like is left to session.c.
 */
#ifndef PLUGIN_TOKEN_FILE_H
#define PLUGIN_TOKEN_FILE_H

#include "astra_cmk.h"

/* What the file holds, without blanks and line breaks at either end; the caller wipes and frees it. `source`
 * names what named the file ("`token_file`"). The file must be a regular one, belong to this user or to root,
 * and let nobody else read or write it; root's may let a group read it where this user is not root. NULL
 * after reporting why; the file's content is never quoted. */
char *token_file_read(const char *path, const char *source, const struct astra_report *report);

#endif
