/* SPDX-License-Identifier: Apache-2.0
 *
 * state.h - a state in memory, and its text in Terraform's format version 4. What this program does not know
 * in a file (members that a newer Terraform writes) is kept and written back.
 *
 * Belongs to one thread.
 */
#ifndef HOST_STATE_H
#define HOST_STATE_H

#include "../../diagnostic.h"
#include "../language/address.h"
#include "../language/typed.h"

struct state_instance {
    struct json_object *key; /* integer, string or NULL */
    char *deposed;           /* eight hexadecimal digits, or NULL for the current object */
    bool tainted, create_before_destroy;
    int64_t schema_version;
    struct json_object *attributes;
    struct json_object *marks; /* of "sensitive_attributes", as in typed.h */
    char *private_text;        /* base64, as in the file; or NULL */
    size_t dependency_count;
    char **dependencies;      /* addresses of resources, sorted */
    struct json_object *rest; /* members that are not known here, or NULL */
    bool as_read;             /* attributes are a file's, kept in its order; leave false where they are new */
    struct json_object
        *mark_paths; /* "sensitive_attributes" as read, or NULL; leave NULL where they are new */
};

struct state_resource {
    struct address address;   /* without key */
    char *provider;           /* provider["HOST/NAMESPACE/TYPE"] or provider["…"].ALIAS */
    struct json_object *rest; /* members that are not known here, or NULL */
    size_t count, capacity;
    struct state_instance *
        *instances; /* current ones in the order of their keys, each followed by its deposed */
};

struct state_output {
    char *name;
    struct typed value;
    bool sensitive;
};

struct state {
    char *lineage; /* a UUID; "" in a state that was never saved */
    uint64_t serial;
    char *terraform_version; /* as read; where new, that of the Terraform whose format this is */
    size_t output_count, resource_count;
    struct state_output *outputs;      /* by name */
    struct state_resource **resources; /* by address_compare() */
    struct json_object *rest;          /* other members of the file ("check_results"), or NULL */
    size_t resource_capacity, output_capacity;
    /* Tells map keys from attribute names where marks are written. Borrowed; NULL: as the file had them. */
    const struct schema_set *schemas;
};

/* An empty state. NULL without memory. */
struct state *state_create(void);
void state_destroy(struct state *state);

/* Reads a file's text; text[length] must be NUL. An empty one is no state yet, as for Terraform. `name` is
 * for messages. NULL after an error: broken JSON (line and column), a newer format ("written by Terraform X;
 * …"), an older one, a module's resources. */
struct state *state_parse(const char *text, size_t length, const char *name, struct diagnostics *diags);

/* Its text, indented as Terraform does. Newly allocated; NULL without memory. */
char *state_text(const struct state *state);

/* Whether two say the same, lineage and serial aside. */
bool state_equal(const struct state *a, const struct state *b);

/* A resource, or NULL. */
struct state_resource *state_resource_find(const struct state *state, const struct address *address);

/* An instance: the current object where deposed is NULL. NULL where there is none. Valid until the next
 * change. */
struct state_instance *state_instance_find(const struct state *state, const struct address *address,
                                           const char *deposed);

/* Puts an instance there (found by its key and `deposed`; an earlier one is replaced), with all that it holds
 * moved out of *instance. `provider` as in state_resource. False without memory. */
bool state_instance_set(struct state *state, const struct address *address, const char *provider,
                        struct state_instance *instance);

/* Takes an instance away; a resource without instances goes too. */
void state_instance_remove(struct state *state, const struct address *address, const char *deposed);

/* Gives an instance, with its deposed objects, another address (moved, state mv); an object that is there
 * goes. False without memory. */
bool state_instance_move(struct state *state, const struct address *from, const struct address *to);

/* Gives a resource with all its instances another address, unless there is one already. False without memory.
 */
bool state_resource_move(struct state *state, const struct address *from, const struct address *to);

/* Makes the current object a deposed one, with a new name that *deposed receives (borrowed), or turns it back
 * into the current object. */
bool state_instance_depose(struct state *state, const struct address *address, const char **deposed);
bool state_instance_restore(struct state *state, const struct address *address, const char *deposed);

/* Sets (a share of `value`), or removes where value is NULL. */
bool state_output_set(struct state *state, const char *name, const struct typed *value, bool sensitive);

void state_instance_clear(struct state_instance *instance);

/* The provider text of a state: `address` is "NAMESPACE/TYPE" or with a host; alias may be NULL. */
char *state_provider_text(const char *address, const char *alias);

/* Whether a provider text means a provider of that address ("NAMESPACE/TYPE"), whatever the host; *alias (new
 * or NULL) receives the alias. */
bool state_provider_matches(const char *text, const char *address, char **alias);

#endif
