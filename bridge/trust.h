/* SPDX-License-Identifier: Apache-2.0
 *
 * trust.h - whether a schema or a library is what its owner made of it. Whoever can write one of them can
 * make this program run code of theirs, with the secrets it holds; so none is loaded that somebody else can
 * write.
 */
#ifndef BRIDGE_TRUST_H
#define BRIDGE_TRUST_H

#include "diagnostic.h"

#include <sys/stat.h>

/* The owner of a file or directory must be root, the user that runs this program, or the owner of the file
 * that this program (or the bridge's library) was loaded from, who can change what it does anyway.
 * Others must not have the right to write, nor must a group, unless it is root's or the owner's own (of the
 * same number as its owner, as where everybody has a group of their own and works with umask 002). Each of
 * these adds an error that says how to put it right, and returns false, where that is not so. */

/* A file that is read, or a directory all of whose files are: `found` is what fstat() says of it once it is
 * open. */
bool trust_file(const char *path, const struct stat *found, struct diagnostics *diags);

/* A library, and the directory that its name leads to, and the one that it lies in where that name is a link.
 * In the directory, files of others do no harm, so it may be sticky (/tmp), or root's with a group that may
 * write to it (/usr/local on Debian). True also where there is no such file. */
bool trust_library(const char *path, struct diagnostics *diags);

#endif
