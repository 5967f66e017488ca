/* SPDX-License-Identifier: Apache-2.0
 *
 * dynamic_write.c - a tree of value.h to msgpack, along a schema's type: objects get every attribute,
 * null where the tree has none. Leaves the wire format to msgpack-c.
 */
#include "../value.h"
#include "dynamic_value.h"

#include <math.h>
#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct writer {
    msgpack_packer packer;
    struct diagnostics *diags;
    bool no_memory;
};

static bool write_value(struct writer *writer, const struct place *place, const struct schema_type *type,
                        struct json_object *value);

/* Everything of msgpack-c that can fail comes through here: it fails for want of memory only. */
static bool packed(struct writer *writer, int result)
{
    if (result != 0)
        writer->no_memory = true;
    return result == 0;
}

static bool write_text(struct writer *writer, const char *text, size_t length)
{
    return packed(writer, msgpack_pack_str(&writer->packer, length)) &&
           packed(writer, msgpack_pack_str_body(&writer->packer, text, length));
}

static bool write_unknown(struct writer *writer)
{
    return packed(writer, msgpack_pack_ext(&writer->packer, 1, 0)) &&
           packed(writer, msgpack_pack_ext_body(&writer->packer, "", 1));
}

static bool write_double(struct writer *writer, const struct place *place, struct json_object *value)
{
    const char *text = value_number_text(value);
    if (text)
        return write_text(writer, text, strlen(text));
    double number = json_object_get_double(value);
    if (!isfinite(number)) {
        dynamic_error(place, writer->diags, "A number is not finite",
                      "Neither infinity nor \"not a number\" can be stored in a state.");
        return false;
    }
    if (number == floor(number) && fabs(number) < 0x1p53)
        return packed(writer, msgpack_pack_int64(&writer->packer, (int64_t)number));
    char buffer[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, sizeof buffer, "%.*g", digits, number);
        if (strtod(buffer, NULL) == number)
            break;
    }
    return write_text(writer, buffer, strlen(buffer));
}

static bool write_integer(struct writer *writer, struct json_object *value)
{
    uint64_t large = json_object_get_uint64(value); /* 0 for negative ones */
    int result = large > INT64_MAX ? msgpack_pack_uint64(&writer->packer, large)
                                   : msgpack_pack_int64(&writer->packer, json_object_get_int64(value));
    return packed(writer, result);
}

static bool write_array(struct writer *writer, const struct place *place, const struct schema_type *type,
                        struct json_object *value)
{
    size_t count = json_object_array_length(value);
    if (!packed(writer, msgpack_pack_array(&writer->packer, count)))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct place here = {.up = place, .index = i};
        if (!write_value(writer, &here, type->element, json_object_array_get_idx(value, i)))
            return false;
    }
    return true;
}

static bool write_map(struct writer *writer, const struct place *place, const struct schema_type *type,
                      struct json_object *value)
{
    if (!packed(writer, msgpack_pack_map(&writer->packer, (size_t)json_object_object_length(value))))
        return false;
    json_object_object_foreach(value, key, element)
    {
        struct place here = {.up = place, .key = key};
        if (!write_text(writer, key, strlen(key)) || !write_value(writer, &here, type->element, element))
            return false;
    }
    return true;
}

static bool write_object(struct writer *writer, const struct place *place, const struct schema_object *object,
                         struct json_object *value)
{
    if (!packed(writer, msgpack_pack_map(&writer->packer, object->count)))
        return false;
    for (size_t i = 0; i < object->count; i++) {
        const struct schema_attribute *attribute = &object->attributes[i];
        struct place here = {.up = place, .key = attribute->name};
        if (!write_text(writer, attribute->name, strlen(attribute->name)) ||
            !write_value(writer, &here, &attribute->type, json_object_object_get(value, attribute->name)))
            return false;
    }
    return true;
}

/* Whether json-c's type can stand for the schema's. */
static bool fits(const struct schema_type *type, struct json_object *value)
{
    enum json_type found = json_object_get_type(value);
    switch (type->kind) {
    case TYPE_STRING:
        return found == json_type_string;
    case TYPE_BOOLEAN:
        return found == json_type_boolean;
    case TYPE_INTEGER:
    case TYPE_NUMBER:
        return found == json_type_int || found == json_type_double;
    case TYPE_LIST:
    case TYPE_SET:
        return found == json_type_array;
    case TYPE_MAP:
    case TYPE_OBJECT:
        return found == json_type_object;
    }
    return false;
}

static bool write_value(struct writer *writer, const struct place *place, const struct schema_type *type,
                        struct json_object *value)
{
    if (!value)
        return packed(writer, msgpack_pack_nil(&writer->packer));
    if (value_is_unknown(value))
        return write_unknown(writer);
    if (!fits(type, value)) {
        dynamic_error(
            place, writer->diags, "A value has the wrong type",
            "The schema says %s, and the value is a JSON %s. This is a fault of the provider; please "
            "report it.",
            dynamic_type_name(type->kind), json_type_to_name(json_object_get_type(value)));
        return false;
    }
    switch (type->kind) {
    case TYPE_STRING:
        return write_text(writer, json_object_get_string(value), (size_t)json_object_get_string_len(value));
    case TYPE_BOOLEAN:
        return packed(writer, json_object_get_boolean(value) ? msgpack_pack_true(&writer->packer)
                                                             : msgpack_pack_false(&writer->packer));
    case TYPE_INTEGER:
    case TYPE_NUMBER:
        return json_object_get_type(value) == json_type_int ? write_integer(writer, value)
                                                            : write_double(writer, place, value);
    case TYPE_LIST:
    case TYPE_SET:
        return write_array(writer, place, type, value);
    case TYPE_MAP:
        return write_map(writer, place, type, value);
    case TYPE_OBJECT:
        return write_object(writer, place, type->object, value);
    }
    return false;
}

uint8_t *dynamic_write(struct json_object *value, const struct schema_type *type, const char *pointer,
                       struct arena *arena, size_t *size, struct diagnostics *diags)
{
    msgpack_sbuffer buffer;
    msgpack_sbuffer_init(&buffer);
    struct writer writer = {.diags = diags};
    msgpack_packer_init(&writer.packer, &buffer, msgpack_sbuffer_write);
    struct place root = {.key = pointer};
    bool ok = write_value(&writer, &root, type, value);
    *size = buffer.size;
    uint8_t *bytes = (uint8_t *)msgpack_sbuffer_release(&buffer);
    if (!arena_defer(arena, free, bytes))
        writer.no_memory = true;
    if (writer.no_memory)
        diagnostics_no_memory(diags);
    return ok && !writer.no_memory ? bytes : NULL;
}
