/* SPDX-License-Identifier: Apache-2.0
 *
 * config.h - the configuration of a directory: all of its *.tf.json files, read strictly and kept in plain
 * structs. What Terraform knows and this program does not (modules, provisioners, the native syntax, …) is
 * refused by name, with file and JSON pointer, and a word that Terraform runs these files.
 */
#ifndef HOST_CONFIG_H
#define HOST_CONFIG_H

#include "address.h"
#include "expression.h"
#include "variable.h"

/* A file's text, kept so that a message can show the line. */
struct config_source {
    char *name; /* as messages name it: relative to the directory */
    char *text;
    size_t length;
};

struct config_variable {
    char *name, *description;
    struct origin origin;
    struct variable_type *type; /* NULL: any */
    struct typed default_value;
    bool has_default, sensitive, nullable;
};

struct config_local {
    char *name;
    struct origin origin;
    struct expression *value;
};

struct config_output {
    char *name, *description;
    struct origin origin;
    struct expression *value;
    bool sensitive;
    size_t depends_count;
    struct address *depends_on;
};

struct config_provider {
    char *name;  /* the local name, as written: checked to be config->provider_name */
    char *alias; /* NULL: the default one */
    struct origin origin;
    struct expression *body; /* NULL where nothing is set */
};

struct config_resource {
    struct address address; /* without key */
    struct origin origin;
    char *provider_name;                 /* as written in "provider", or NULL; checked */
    char *provider_alias;                /* NULL: the default one */
    struct expression *count, *for_each; /* at most one of them */
    struct expression *body;             /* the attributes alone */
    size_t depends_count;
    struct address *depends_on;
    bool prevent_destroy, create_before_destroy, ignore_all;
    size_t ignore_count;
    char **ignore_changes; /* JSON pointers of attributes: "/tags", "/tags/a" */
};

struct config_import {
    struct origin origin;
    struct address to;
    struct expression *id, *identity; /* one of them */
};

struct config_moved {
    struct origin origin;
    struct address from, to; /* both with keys, or both without */
};

struct config_removed {
    struct origin origin;
    struct address from; /* without key */
    bool destroy;        /* lifecycle { destroy = … } */
};

struct config_backend {
    struct origin origin;
    char *type;                   /* "local" or "http" */
    struct json_object *settings; /* literals, as written */
};

struct config {
    char *directory;
    size_t source_count;
    struct config_source *sources;
    char *provider_name;   /* the local name of the provider: what required_providers says */
    char *provider_source; /* its source as written ("NAMESPACE/TYPE" or "HOST/NAMESPACE/TYPE"), or NULL */
    struct config_backend *backend; /* NULL: local, terraform.tfstate */
    size_t variable_count, local_count, output_count, provider_count, resource_count, import_count,
        moved_count, removed_count;
    /* Each sorted by name; providers by alias, the default one first; resources by address_compare();
     * imports, moves and removals in the order of the files. No two have the same name. */
    struct config_variable *variables;
    struct config_local *locals;
    struct config_output *outputs;
    struct config_provider *providers;
    struct config_resource *resources; /* managed ones and data sources */
    struct config_import *imports;
    struct config_moved *moved;
    struct config_removed *removed;
};

/* Reads a directory against the schemas (types and provider must be known; attributes are checked when they
 * are evaluated, and here already as far as their names go). Every problem of every file is reported. NULL
 * after an error. A directory without any *.tf.json is an empty configuration, and an error where files of
 * the native syntax (*.tf) are there. */
struct config *config_load(const char *directory, const struct schema_set *schemas,
                           struct diagnostics *diags);

/* Likewise from texts that a saved plan holds. `names` and `texts` are copied. */
struct config *config_load_texts(const char *directory, size_t count, const char *const *names,
                                 const char *const *texts, const struct schema_set *schemas,
                                 struct diagnostics *diags);

void config_destroy(struct config *config);

/* Each NULL where there is none. */
const struct config_variable *config_variable_find(const struct config *config, const char *name);
const struct config_local *config_local_find(const struct config *config, const char *name);
const struct config_resource *config_resource_find(const struct config *config,
                                                   const struct address *address);

/* Line and column (from 1) and byte offset of what a JSON pointer names in a text; the nearest thing above it
 * that is there. "" is where broken text is broken, else its beginning. False where there is nothing. For
 * messages. */
bool config_locate(const struct config_source *source, const char *pointer, size_t *line, size_t *column,
                   size_t *offset);

/* "main.tf.json line 3" of an origin, for messages. New; NULL without memory. */
char *origin_text(const struct config *config, const struct origin *origin);

#endif
