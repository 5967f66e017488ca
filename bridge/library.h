/* SPDX-License-Identifier: Apache-2.0
 *
 * library.h - a plugin's shared library: found, opened, its ABI version checked, and every
 * callback of the schemas bound to its symbol, all at once.
 */
#ifndef BRIDGE_LIBRARY_H
#define BRIDGE_LIBRARY_H

#include "diagnostic.h"
#include "schema.h"

/* Opens the library that provider.json names - with a slash relative to the schemas or absolute,
 * without one as dlopen searches - and sets `call` of every callback. All that is wrong is added to diags in
 * one go: missing symbols, another ABI version. A library that somebody else can write is not opened
 * (trust.h). False after an error. The library is never unloaded. */
bool library_load(struct schema_set *set, struct diagnostics *diags);

/* Says what library_load() would say of the library, also of schemas that are not whole (schema_set_read()),
 * and binds nothing. False after an error. */
bool library_inspect(const struct schema_set *set, struct diagnostics *diags);

/* The path or name that is handed to dlopen, newly allocated; NULL without memory. */
char *library_path(const struct schema_set *set);

/* Unbinds the callbacks: what library_load() allocated. */
void library_release(struct schema_set *set);

#endif
