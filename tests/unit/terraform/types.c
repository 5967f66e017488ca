/* SPDX-License-Identifier: Apache-2.0
 *
 * types.c - see types.h.
 */
#include "types.h"

#define TYPE(...)                                                                                            \
    {                                                                                                        \
        .min_length = -1, .max_length = -1, __VA_ARGS__                                                      \
    }
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct schema_type string = TYPE(.kind = TYPE_STRING);
static struct schema_type integer = TYPE(.kind = TYPE_INTEGER);
static struct schema_type strings = TYPE(.kind = TYPE_LIST, .element = &string);

static struct schema_attribute port_attributes[] = {
    {.name = "number", .description = "", .type = TYPE(.kind = TYPE_INTEGER), .required = true},
    {.name = "labels", .description = "", .type = TYPE(.kind = TYPE_MAP, .element = &string)},
    {.name = "secret", .description = "", .type = TYPE(.kind = TYPE_STRING), .sensitive = true},
};
static struct schema_object port_object = {COUNT(port_attributes), port_attributes};
static struct schema_type port = TYPE(.kind = TYPE_OBJECT, .object = &port_object);
static struct schema_type ports = TYPE(.kind = TYPE_LIST, .element = &port);

static struct schema_attribute attributes[] = {
    {.name = "name", .description = "Its *name*.", .type = TYPE(.kind = TYPE_STRING), .required = true},
    {.name = "size", .description = "", .type = TYPE(.kind = TYPE_INTEGER), .has_default = true},
    {.name = "ratio", .description = "", .type = TYPE(.kind = TYPE_NUMBER)},
    {.name = "enabled", .description = "", .type = TYPE(.kind = TYPE_BOOLEAN), .deprecated = true},
    {.name = "tags", .description = "", .type = TYPE(.kind = TYPE_LIST, .element = &string)},
    {.name = "sizes", .description = "", .type = TYPE(.kind = TYPE_SET, .element = &integer)},
    {.name = "labels", .description = "", .type = TYPE(.kind = TYPE_MAP, .element = &string)},
    {.name = "port", .description = "", .type = TYPE(.kind = TYPE_OBJECT, .object = &port_object)},
    {.name = "ports", .description = "", .type = TYPE(.kind = TYPE_LIST, .element = &port)},
    {.name = "port_set", .description = "", .type = TYPE(.kind = TYPE_SET, .element = &port)},
    {.name = "port_map", .description = "", .type = TYPE(.kind = TYPE_MAP, .element = &port)},
    {.name = "grid", .description = "", .type = TYPE(.kind = TYPE_LIST, .element = &strings)},
    {.name = "racks", .description = "", .type = TYPE(.kind = TYPE_MAP, .element = &ports)},
    {.name = "state",
     .description = "",
     .type = TYPE(.kind = TYPE_OBJECT, .object = &port_object),
     .read_only = true},
    {.name = "token", .description = "", .type = TYPE(.kind = TYPE_STRING), .sensitive = true},
};

const struct schema widget = {
    .kind = SCHEMA_RESOURCE,
    .name = "widget",
    .title = "Widget",
    .description = "A widget.",
    .version = 3,
    .object = {COUNT(attributes), attributes},
};

const struct schema_type *widget_type(const char *name)
{
    const struct schema_attribute *attribute = schema_attribute_find(&widget.object, name);
    return attribute ? &attribute->type : NULL;
}
