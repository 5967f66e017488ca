/* SPDX-License-Identifier: Apache-2.0
 *
 * schema.h - what the files of a schemas directory say, read strictly and kept in plain
 * structs. Read-only once loaded, so any number of threads may use it.
 *
 * Layout of the directory: provider.json, resources/NAME.json, data-sources/NAME.json,
 * functions/NAME.json. NAME is the resource type, data source type or function name.
 * The keywords are those of meta.json. Nothing here loads a library or knows libffi.
 */
#ifndef BRIDGE_SCHEMA_H
#define BRIDGE_SCHEMA_H

#include "diagnostic.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct c_type; /* ctype.h: one row of the type table */
struct call;   /* call.h: a callback that was bound to its symbol */

enum type_kind {
    TYPE_STRING,
    TYPE_INTEGER,
    TYPE_NUMBER,
    TYPE_BOOLEAN,
    TYPE_LIST,   /* "array" */
    TYPE_SET,    /* "array" with "uniqueItems": true */
    TYPE_MAP,    /* "object" with a schema in "additionalProperties" */
    TYPE_OBJECT, /* "object" with "properties" */
};

struct schema_object;

/* A type and its constraints. */
struct schema_type {
    enum type_kind kind;
    struct schema_type *element;    /* of a list, set or map; else NULL */
    struct schema_object *object;   /* of an object; else NULL */
    struct json_object *allowed;    /* "enum" (or "const" as an array of one), or NULL */
    char *pattern;                  /* its text, or NULL */
    void *pattern_code;             /* pcre2_code, compiled */
    int64_t min_length, max_length; /* characters of a string, items of a list, set or map; -1: none.
                                     * ("minLength", "minItems", "minProperties" and their max…) */
    bool has_minimum, has_maximum, exclusive_minimum, exclusive_maximum;
    double minimum, maximum;
};

struct schema_attribute {
    char *name;
    char *description; /* "" when there is none; Markdown */
    struct schema_type type;
    bool required, read_only, immutable, sensitive, deprecated, has_default;
    struct json_object *default_value; /* shared: value_copy() it */
    char *c;                           /* narrower C type ("int32_t"), or NULL */
};

/* The attributes of a provider, resource, data source, function or nested object,
 * in the order of the file. */
struct schema_object {
    size_t count;
    struct schema_attribute *attributes;
};

/* How many arguments a callback may have. */
enum { SCHEMA_MAX_ARGUMENTS = 32 };

enum argument_kind {
    ARGUMENT_IN,          /* "name": an attribute's value */
    ARGUMENT_OUT,         /* "&name": an attribute is taken out */
    ARGUMENT_PRIOR,       /* "$prior.name": an attribute's old value, null when there is none */
    ARGUMENT_SESSION,     /* "$session" */
    ARGUMENT_REPORT,      /* "$report" */
    ARGUMENT_LOG,         /* "$log", in open */
    ARGUMENT_OPERATION,   /* "$operation": create, update, replace, destroy or none, in check */
    ARGUMENT_PRIVATE_IN,  /* "$private": text that an earlier check left for this resource, or NULL */
    ARGUMENT_PRIVATE_OUT, /* "&$private", in check */
    ARGUMENT_LIST_OUT,    /* "&$list", in list: a JSON array of objects, as text */
    ARGUMENT_LITERAL,     /* {"value": …, "c": …} */
    ARGUMENT_STATE_IN,    /* "$state", in upgrade: the older state, as JSON text */
    ARGUMENT_STATE_OUT,   /* "&$state", in upgrade: the state in this version, as JSON text */
    ARGUMENT_VERSION,     /* "$version", in upgrade: the older state's version, int64_t */
};

struct schema_argument {
    enum argument_kind kind;
    const struct schema_attribute *attribute; /* of IN, OUT, PRIOR; else NULL */
    struct json_object *literal;              /* of LITERAL; may be NULL (null) */
    const struct c_type *c_type;              /* of every kind; never NULL once loaded */
    char *pointer;                            /* JSON pointer of the argument in its file */
};

enum return_kind {
    RETURN_STATUS,  /* 0 done, 1 gone, else failed; the default */
    RETURN_ERRNO,   /* -1 and errno */
    RETURN_POINTER, /* NULL failed: what open returns is the session */
    RETURN_VALUE,   /* the function's result */
    RETURN_NONE,    /* void */
};

struct schema_callback {
    char *name;   /* "create", "check/1", … */
    char *symbol; /* of the library */
    size_t count;
    struct schema_argument *arguments;
    enum return_kind returns;
    const struct c_type *return_type;
    const struct schema_attribute *return_attribute; /* of VALUE */
    bool return_owned;                               /* of VALUE: we release the string */
    char *pointer;                                   /* JSON pointer in its file */
    struct call *call;                               /* set by library_load(), else NULL */
};

struct schema_moved_from {
    char *provider; /* "NAMESPACE/TYPE", on any registry host */
    char *type;     /* the resource type there */
    size_t count;
    struct {
        char *target, *source; /* attribute names */
    } * attributes;
};

enum schema_kind { SCHEMA_PROVIDER, SCHEMA_RESOURCE, SCHEMA_DATA_SOURCE, SCHEMA_FUNCTION };

/* Which callback of a schema; `check` is a list beside them. */
enum callback_role {
    CALLBACK_CREATE,
    CALLBACK_READ,
    CALLBACK_UPDATE,
    CALLBACK_DELETE,
    CALLBACK_LIST,
    CALLBACK_UPGRADE,
    CALLBACK_CALL, /* of a function */
    CALLBACK_OPEN, /* open, close and cancel: of the provider */
    CALLBACK_CLOSE,
    CALLBACK_CANCEL,
    CALLBACK_ROLES
};

/* One file. */
struct schema {
    enum schema_kind kind;
    char *name; /* the file's name without ".json"; of the provider: "provider" */
    char *file; /* path, for messages */
    char *title, *description;
    bool deprecated;
    int64_t version;
    struct schema_object object;
    size_t identity_count;
    const struct schema_attribute **identity; /* borrowed from object */
    size_t import_count;
    char **imports; /* templates in the order of the file */
    size_t moved_count;
    struct schema_moved_from *moved;
    struct schema_callback *callbacks[CALLBACK_ROLES]; /* NULL where there is none */
    size_t check_count;
    struct schema_callback *checks;
};

/* A whole directory. */
struct schema_set {
    char *directory;
    char *address;       /* provider.json's title: "NAMESPACE/TYPE" */
    char *library;       /* provider.json's "library", as written; NULL where there is none:
                          * a provider without callbacks */
    char *free_symbol;   /* "free" unless said */
    char *abi_symbol;    /* or NULL */
    int64_t abi_version; /* what it must return */
    struct schema provider;
    size_t resource_count, data_source_count, function_count;
    struct schema *resources, *data_sources, *functions; /* each sorted by name */
};

/* Loads a directory. Returns NULL after adding every problem of every file to diags, each naming
 * file and JSON pointer (or line and column where the file is not JSON). */
struct schema_set *schema_set_load(const char *directory, struct diagnostics *diags);

/* Likewise, but returns what could be read even when something is wrong, for programs that report on schemas:
 * then "library", a callback's symbol and the C types of its arguments and its return may be NULL or "". NULL
 * without memory. */
struct schema_set *schema_set_read(const char *directory, struct diagnostics *diags);

void schema_set_destroy(struct schema_set *set);

/* A schema by kind and name (the provider's name is ignored), or NULL. */
const struct schema *schema_find(const struct schema_set *set, enum schema_kind kind, const char *name);

/* An attribute by name, or NULL. */
const struct schema_attribute *schema_attribute_find(const struct schema_object *object, const char *name);

/* Checks a configuration against the schema: required attributes, unknown attributes, read-only ones that
 * are set, types, enum, pattern, lengths, bounds, C types (NUL in a string, null in a list of strings, an
 * integer outside its C type). Unknown values pass. Each problem names its attribute; an enum value that
 * differs in case only is told the right spelling. Deprecated attributes that are set are warned of. A
 * sensitive value is never quoted. */
void schema_validate(const struct schema *schema, struct json_object *config, struct diagnostics *diags);

/* Checks one value of one attribute likewise; `pointer` is where it stands. */
bool schema_validate_value(const struct schema_attribute *attribute, struct json_object *value,
                           const char *pointer, struct diagnostics *diags);

/* Puts a value that is of the right kind but not in form (JSON text of a plugin, an old state) in form:
 * absent members of objects become null, 3.0 of an integer 3, an element that occurs twice in a set is
 * dropped. The same tree may come back changed, or *value replaced. An unknown member or a wrong kind is an
 * error; enum, pattern, lengths and bounds are not looked at. False after an error: *problem is a new text
 * with a JSON pointer, or NULL without memory. */
bool schema_conform(const struct schema_type *type, struct json_object **value, char **problem);

/* How messages call a type: "a string", "a list", … */
const char *schema_type_name(enum type_kind kind);

/* The spelling of an enum that equals `text` without regard to case, or NULL. Borrowed. */
const char *schema_enum_spelling(const struct schema_type *type, const char *text);

#endif
