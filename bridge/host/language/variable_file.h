/* SPDX-License-Identifier: Apache-2.0
 *
 * variable_file.h - the values of variables as they are collected, and the files that hold some. For the
 * files of this folder.
 */
#ifndef HOST_VARIABLE_FILE_H
#define HOST_VARIABLE_FILE_H

#include "config.h"
#include "text.h"

/* What was given for a variable so far. */
struct given {
    struct typed value; /* not yet of the variable's type */
    char *from;         /* for messages: "-var", "TF_VAR_x", the name of a file */
    bool there;
};

struct collection {
    const struct config *config;
    struct given *given; /* in the order of config->variables */
    struct diagnostics *diags;
};

/* The index of a variable; SIZE_MAX where it is not declared. */
size_t collection_find(const struct collection *collection, const char *name);

/* Moves a value in. False without memory. */
bool collection_set(struct collection *collection, size_t index, struct typed *value, const char *from);

/* Puts a text before the details from diagnostic `first` on, which have no place that can be shown. */
void collection_explain(struct collection *collection, size_t first, const char *prefix);

const char *collection_hint(const struct collection *collection, const char *name, char hint[HINT_SIZE]);

/* terraform.tfvars, terraform.tfvars.json, then *.auto.tfvars and *.auto.tfvars.json by name. */
bool variable_files_read(struct collection *collection);

/* One file, relative to the current directory (`asked`: the user named it) or to the configuration's. */
bool variable_file_read(struct collection *collection, const char *path, bool asked);

#endif
