/* SPDX-License-Identifier: Apache-2.0
 *
 * address.h - names of resources and of their instances, as people and state files write them:
 * TYPE.NAME, data.TYPE.NAME, TYPE.NAME[0], TYPE.NAME["key"].
 */
#ifndef HOST_ADDRESS_H
#define HOST_ADDRESS_H

#include <json-c/json.h>
#include <stdbool.h>

enum resource_mode { MODE_MANAGED, MODE_DATA };

/* Of a resource where `key` is NULL, or of its one instance without count and for_each. */
struct address {
    enum resource_mode mode;
    char *type, *name;
    struct json_object *key; /* an integer (count), a string (for_each), or NULL */
};

/* Reads a text. False after an error: *problem is a new text that says what is wrong, or NULL without memory.
 */
bool address_parse(const char *text, struct address *address, char **problem);

/* The text of it, newly allocated; without its key where `whole_resource`. NULL without memory. */
char *address_text(const struct address *address, bool whole_resource);

/* A copy that shares nothing but the key's tree; false without memory. */
bool address_copy(struct address *to, const struct address *from);

/* The order in which plans and states list: by mode (managed first), type, name, then key: none, integers by
 * value, strings by byte. */
int address_compare(const struct address *a, const struct address *b);

/* Whether both are of one resource, whatever the keys. */
bool address_same_resource(const struct address *a, const struct address *b);

/* Frees what it holds, not the struct. */
void address_clear(struct address *address);

#endif
