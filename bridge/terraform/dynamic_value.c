/* SPDX-License-Identifier: Apache-2.0
 *
 * dynamic_value.c - what reader and writer share: errors at a place, and JSON, which takes the
 * way through msgpack so that there is one reader. See dynamic_read.c and dynamic_write.c.
 */
#include "dynamic_value.h"
#include "../value.h"

#include <stdio.h>
#include <stdlib.h>

struct schema_type dynamic_object_type(const struct schema_object *object)
{
    return (struct schema_type){
        .kind = TYPE_OBJECT,
        .object = (struct schema_object *)object, /* only read */
        .min_length = -1,
        .max_length = -1,
    };
}

const char *dynamic_type_name(enum type_kind kind)
{
    static const char *const names[] = {
        [TYPE_STRING] = "a string", [TYPE_INTEGER] = "an integer", [TYPE_NUMBER] = "a number",
        [TYPE_BOOLEAN] = "a bool",  [TYPE_LIST] = "a list",        [TYPE_SET] = "a set",
        [TYPE_MAP] = "a map",       [TYPE_OBJECT] = "an object",
    };
    return names[kind];
}

void dynamic_error(const struct place *place, struct diagnostics *diags, const char *summary,
                   const char *format, ...)
{
    char *pointer = place_pointer(place), *detail = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&detail, format, arguments) < 0)
        detail = NULL;
    va_end(arguments);
    diagnostics_add(diags, SEVERITY_ERROR, pointer && *pointer ? pointer : NULL, summary,
                    detail ? detail : "");
    free(detail);
    free(pointer);
}

bool dynamic_parse_json(const uint8_t *bytes, size_t size, const char *what, struct json_object **value,
                        struct diagnostics *diags)
{
    struct arena arena = {0};
    char *problem = NULL, *text = arena_text(&arena, bytes, size);
    *value = NULL;
    bool ok = text && value_from_text(text, size, value, &problem);
    if (!ok && problem)
        diagnostics_error(diags, NULL, "The client sent JSON that can't be read", "%s: %s", what, problem);
    else if (!ok)
        diagnostics_no_memory(diags);
    free(problem);
    arena_finish(&arena);
    return ok;
}

bool dynamic_read_json(const uint8_t *bytes, size_t size, const struct schema_type *type, const char *pointer,
                       struct json_object **value, struct diagnostics *diags)
{
    struct json_object *tree = NULL;
    struct arena arena = {0};
    size_t packed_size = 0;
    bool ok = dynamic_parse_json(bytes, size, "a value", &tree, diags);
    uint8_t *packed = ok ? dynamic_write(tree, type, pointer, &arena, &packed_size, diags) : NULL;
    *value = NULL;
    ok = packed && dynamic_read(packed, packed_size, type, pointer, value, diags);
    json_object_put(tree);
    arena_finish(&arena);
    return ok;
}
