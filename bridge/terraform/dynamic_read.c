/* SPDX-License-Identifier: Apache-2.0
 *
 * dynamic_read.c - msgpack to a tree of value.h, along a schema's type, in one pass over the bytes.
 *
 * msgpack-c's unpacker is not used: it builds a tree of its own first, believes any length that an array
 * claims (five bytes ask it for 96 GiB), and does not say where it stopped. Here nothing is
 * allocated for more elements than there are bytes left, and every error has its byte.
 */
#include "../utf8.h"
#include "../value.h"
#include "dynamic_value.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_LIMIT = 64, NAME_LIMIT = 256, NUMBER_LIMIT = 4096 };

enum item_kind {
    ITEM_INVALID,
    ITEM_NIL,
    ITEM_FALSE,
    ITEM_TRUE,
    ITEM_BINARY,
    ITEM_EXTENSION,
    ITEM_FIXED_EXTENSION,
    ITEM_FLOAT,
    ITEM_UNSIGNED,
    ITEM_SIGNED,
    ITEM_STRING,
    ITEM_ARRAY,
    ITEM_MAP,
};

/* One item's head; of strings, binaries and extensions the bytes too. */
struct item {
    enum item_kind kind;
    size_t at;         /* offset of its first byte */
    uint64_t number;   /* UNSIGNED; SIGNED as two's complement; elements of an ARRAY, pairs of a MAP */
    double real;       /* FLOAT */
    const char *bytes; /* of STRING, BINARY, EXTENSION */
    size_t size;
    int extension;
};

struct reader {
    const uint8_t *bytes;
    size_t at, size;
    unsigned int depth;
    struct diagnostics *diags;
};

/* The heads 0xc0 to 0xdf: what follows the first byte is a big-endian number of this many bytes. */
static const struct form {
    uint8_t kind, width;
} forms[32] = {
    {ITEM_NIL, 0},
    {ITEM_INVALID, 0},
    {ITEM_FALSE, 0},
    {ITEM_TRUE, 0},
    {ITEM_BINARY, 1},
    {ITEM_BINARY, 2},
    {ITEM_BINARY, 4},
    {ITEM_EXTENSION, 1},
    {ITEM_EXTENSION, 2},
    {ITEM_EXTENSION, 4},
    {ITEM_FLOAT, 4},
    {ITEM_FLOAT, 8},
    {ITEM_UNSIGNED, 1},
    {ITEM_UNSIGNED, 2},
    {ITEM_UNSIGNED, 4},
    {ITEM_UNSIGNED, 8},
    {ITEM_SIGNED, 1},
    {ITEM_SIGNED, 2},
    {ITEM_SIGNED, 4},
    {ITEM_SIGNED, 8},
    {ITEM_FIXED_EXTENSION, 0},
    {ITEM_FIXED_EXTENSION, 0},
    {ITEM_FIXED_EXTENSION, 0},
    {ITEM_FIXED_EXTENSION, 0},
    {ITEM_FIXED_EXTENSION, 0},
    {ITEM_STRING, 1},
    {ITEM_STRING, 2},
    {ITEM_STRING, 4},
    {ITEM_ARRAY, 2},
    {ITEM_ARRAY, 4},
    {ITEM_MAP, 2},
    {ITEM_MAP, 4},
};

static const char *item_name(enum item_kind kind)
{
    static const char *const names[] = {
        [ITEM_INVALID] = "an invalid byte",
        [ITEM_NIL] = "null",
        [ITEM_FALSE] = "a bool",
        [ITEM_TRUE] = "a bool",
        [ITEM_BINARY] = "binary data",
        [ITEM_EXTENSION] = "an extension",
        [ITEM_FLOAT] = "a number",
        [ITEM_FIXED_EXTENSION] = "an extension",
        [ITEM_UNSIGNED] = "a number",
        [ITEM_SIGNED] = "a number",
        [ITEM_STRING] = "a string",
        [ITEM_ARRAY] = "an array",
        [ITEM_MAP] = "a map",
    };
    return names[kind];
}

static bool malformed(struct reader *reader, const struct place *place, const char *what, size_t at)
{
    dynamic_error(place, reader->diags, "The client sent a value that can't be read",
                  "Its msgpack has %s at byte %zu of %zu.", what, at, reader->size);
    return false;
}

static bool mismatch(struct reader *reader, const struct place *place, const char *expected,
                     const struct item *item)
{
    dynamic_error(place, reader->diags, "A value has the wrong type",
                  "The schema says %s, and the client sent %s at byte %zu.", expected, item_name(item->kind),
                  item->at);
    return false;
}

static bool no_memory(struct reader *reader)
{
    diagnostics_no_memory(reader->diags);
    return false;
}

static bool take_number(struct reader *reader, const struct place *place, size_t width, uint64_t *number)
{
    if (reader->size - reader->at < width)
        return malformed(reader, place, "its end too early,", reader->size);
    *number = 0;
    for (size_t i = 0; i < width; i++)
        *number = *number << 8 | reader->bytes[reader->at++];
    return true;
}

static bool take_bytes(struct reader *reader, const struct place *place, struct item *item)
{
    if (item->kind == ITEM_EXTENSION) {
        uint64_t type;
        if (!take_number(reader, place, 1, &type))
            return false;
        item->extension = (int)type;
    }
    if (reader->size - reader->at < item->number)
        return malformed(reader, place, "a length beyond its end", item->at);
    item->bytes = (const char *)reader->bytes + reader->at;
    item->size = (size_t)item->number;
    reader->at += item->size;
    return true;
}

static double real_number(uint64_t bits, size_t width)
{
    double wide;
    float narrow;
    uint32_t narrow_bits = (uint32_t)bits;
    memcpy(&narrow, &narrow_bits, sizeof narrow);
    memcpy(&wide, &bits, sizeof wide);
    return width == sizeof narrow ? (double)narrow : wide;
}

/* The form of the first byte; *number receives what the byte itself holds. */
static struct form head_form(uint8_t head, uint64_t *number)
{
    *number = 0;
    if (head >= 0xc0 && head <= 0xdf) {
        struct form form = forms[head - 0xc0];
        if (form.kind == ITEM_FIXED_EXTENSION)
            *number = UINT64_C(1) << (head - 0xd4);
        return form;
    }
    if (head < 0x80 || head >= 0xe0) {
        *number = (uint64_t)(int64_t)(int8_t)head;
        return (struct form){ITEM_SIGNED, 0};
    }
    *number = head & (head >= 0xa0 ? 0x1f : 0x0f);
    return (struct form){head >= 0xa0 ? ITEM_STRING : head >= 0x90 ? ITEM_ARRAY : ITEM_MAP, 0};
}

static bool next_item(struct reader *reader, const struct place *place, struct item *item)
{
    *item = (struct item){.at = reader->at};
    uint64_t head;
    if (!take_number(reader, place, 1, &head))
        return false;
    struct form form = head_form((uint8_t)head, &item->number);
    item->kind = form.kind;
    if (form.width && !take_number(reader, place, form.width, &item->number))
        return false;
    switch (item->kind) {
    case ITEM_INVALID:
        return malformed(reader, place, "an invalid byte", item->at);
    case ITEM_FIXED_EXTENSION:
        item->kind = ITEM_EXTENSION;
        return take_bytes(reader, place, item);
    case ITEM_EXTENSION:
    case ITEM_BINARY:
    case ITEM_STRING:
        return take_bytes(reader, place, item);
    case ITEM_FLOAT:
        item->real = real_number(item->number, form.width);
        return true;
    case ITEM_SIGNED: /* widen the sign */
        if (form.width) {
            unsigned int shift = 64 - 8u * form.width;
            item->number = (uint64_t)((int64_t)(item->number << shift) >> shift);
        }
        return true;
    case ITEM_ARRAY:
        if (item->number > reader->size - reader->at)
            return malformed(reader, place, "an array longer than what is left", item->at);
        return true;
    case ITEM_MAP:
        if (item->number > (reader->size - reader->at) / 2)
            return malformed(reader, place, "a map longer than what is left", item->at);
        return true;
    default:
        return true;
    }
}

static bool read_value(struct reader *reader, const struct place *place, const struct schema_type *type,
                       struct json_object **value);

static bool text_valid(struct reader *reader, const struct place *place, const struct item *item)
{
    size_t good = utf8_valid_prefix(item->bytes, item->size);
    return good == item->size || malformed(reader, place, "text that is not UTF-8",
                                           (size_t)(item->bytes - (const char *)reader->bytes) + good);
}

/* JSON's grammar of numbers, which leaves out the hexadecimal, infinite and padded ones of strtod. */
static bool decimal_text(const char *text, bool *whole)
{
    const char *digits = "0123456789";
    *whole = true;
    text += *text == '-';
    size_t length = strspn(text, digits);
    if (!length)
        return false;
    text += length;
    if (*text == '.') {
        *whole = false;
        length = strspn(++text, digits);
        if (!length)
            return false;
        text += length;
    }
    if (*text == 'e' || *text == 'E') {
        *whole = false;
        text++;
        text += *text == '+' || *text == '-';
        length = strspn(text, digits);
        if (!length)
            return false;
        text += length;
    }
    return *text == '\0';
}

static bool read_number_text(struct reader *reader, const struct place *place, const struct item *item,
                             struct json_object **value)
{
    char text[NUMBER_LIMIT];
    bool whole;
    if (item->size >= sizeof text)
        return malformed(reader, place, "a number of too many digits", item->at);
    memcpy(text, item->bytes, item->size);
    text[item->size] = '\0';
    if (strlen(text) != item->size || !decimal_text(text, &whole))
        return malformed(reader, place, "a string that is no decimal number", item->at);
    errno = 0;
    long long small = strtoll(text, NULL, 10);
    if (whole && errno == 0) {
        *value = json_object_new_int64(small);
        return *value || no_memory(reader);
    }
    errno = 0;
    unsigned long long large = strtoull(text, NULL, 10);
    if (whole && errno == 0 && *text != '-') {
        *value = json_object_new_uint64(large);
        return *value || no_memory(reader);
    }
    double number = strtod(text, NULL);
    if (!isfinite(number)) {
        dynamic_error(place, reader->diags, "A number is too large",
                      "It is beyond what a double-precision number can hold (about 1.8e308).");
        return false;
    }
    *value = json_object_new_double_s(number, text);
    return *value || no_memory(reader);
}

static bool read_number(struct reader *reader, const struct place *place, const struct schema_type *type,
                        const struct item *item, struct json_object **value)
{
    switch (item->kind) {
    case ITEM_UNSIGNED:
        *value = item->number > INT64_MAX ? json_object_new_uint64(item->number)
                                          : json_object_new_int64((int64_t)item->number);
        return *value || no_memory(reader);
    case ITEM_SIGNED:
        *value = json_object_new_int64((int64_t)item->number);
        return *value || no_memory(reader);
    case ITEM_FLOAT:
        if (!isfinite(item->real))
            return malformed(reader, place, "a number that is not finite", item->at);
        *value = item->real == floor(item->real) && fabs(item->real) < 0x1p63
                     ? json_object_new_int64((int64_t)item->real)
                     : json_object_new_double(item->real);
        return *value || no_memory(reader);
    case ITEM_STRING:
        return read_number_text(reader, place, item, value);
    default:
        return mismatch(reader, place, dynamic_type_name(type->kind), item);
    }
}

static bool read_array(struct reader *reader, const struct place *place, const struct schema_type *type,
                       const struct item *item, struct json_object **value)
{
    if (item->kind != ITEM_ARRAY)
        return mismatch(reader, place, dynamic_type_name(type->kind), item);
    struct json_object *array = json_object_new_array();
    if (!array)
        return no_memory(reader);
    bool ok = true;
    for (size_t i = 0; ok && i < item->number; i++) {
        struct place here = {.up = place, .index = i};
        struct json_object *element = NULL;
        ok = read_value(reader, &here, type->element, &element);
        if (ok && json_object_array_add(array, element) != 0) {
            json_object_put(element);
            ok = no_memory(reader);
        }
    }
    if (!ok) {
        json_object_put(array);
        array = NULL;
    }
    *value = array;
    return ok;
}

/* The type of a member, NULL where an object has none of that name. */
static const struct schema_type *member_type(const struct schema_type *type, const char *name)
{
    if (type->kind == TYPE_MAP)
        return type->element;
    const struct schema_attribute *attribute = schema_attribute_find(type->object, name);
    return attribute ? &attribute->type : NULL;
}

static bool add_member(struct reader *reader, const struct place *place, const struct schema_type *type,
                       const struct item *key, const char *name, struct json_object *object)
{
    struct place here = {.up = place, .key = name};
    if (strlen(name) != key->size)
        return malformed(reader, place, "a key with a NUL character", key->at);
    const struct schema_type *member = member_type(type, name);
    if (!member) {
        dynamic_error(&here, reader->diags, "The client sent an unknown attribute",
                      "The schema has none that is named \"%s\" (byte %zu).", name, key->at);
        return false;
    }
    if (json_object_object_get_ex(object, name, NULL))
        return malformed(reader, &here, "the same key for the second time", key->at);
    struct json_object *value = NULL;
    if (!read_value(reader, &here, member, &value))
        return false;
    if (json_object_object_add(object, name, value) != 0) {
        json_object_put(value);
        return no_memory(reader);
    }
    return true;
}

static bool read_member(struct reader *reader, const struct place *place, const struct schema_type *type,
                        struct json_object *object)
{
    struct item key;
    char buffer[NAME_LIMIT];
    if (!next_item(reader, place, &key))
        return false;
    if (key.kind != ITEM_STRING)
        return mismatch(reader, place, "a string as the key", &key);
    if (!text_valid(reader, place, &key))
        return false;
    char *name = key.size < sizeof buffer ? buffer : malloc(key.size + 1);
    if (!name)
        return no_memory(reader);
    memcpy(name, key.bytes, key.size);
    name[key.size] = '\0';
    bool ok = add_member(reader, place, type, &key, name, object);
    if (name != buffer)
        free(name);
    return ok;
}

static bool read_members(struct reader *reader, const struct place *place, const struct schema_type *type,
                         const struct item *item, struct json_object **value)
{
    if (item->kind != ITEM_MAP)
        return mismatch(reader, place, dynamic_type_name(type->kind), item);
    struct json_object *object = json_object_new_object();
    if (!object)
        return no_memory(reader);
    bool ok = true;
    for (size_t i = 0; ok && i < item->number; i++)
        ok = read_member(reader, place, type, object);
    if (!ok) {
        json_object_put(object);
        object = NULL;
    }
    *value = object;
    return ok;
}

static bool read_typed(struct reader *reader, const struct place *place, const struct schema_type *type,
                       const struct item *item, struct json_object **value)
{
    switch (type->kind) {
    case TYPE_STRING:
        if (item->kind != ITEM_STRING)
            return mismatch(reader, place, "a string", item);
        if (!text_valid(reader, place, item))
            return false;
        *value = json_object_new_string_len(item->bytes, (int)item->size);
        return *value || no_memory(reader);
    case TYPE_BOOLEAN:
        if (item->kind != ITEM_TRUE && item->kind != ITEM_FALSE)
            return mismatch(reader, place, "a bool", item);
        *value = json_object_new_boolean(item->kind == ITEM_TRUE);
        return *value || no_memory(reader);
    case TYPE_INTEGER:
    case TYPE_NUMBER:
        return read_number(reader, place, type, item, value);
    case TYPE_LIST:
    case TYPE_SET:
        return read_array(reader, place, type, item, value);
    case TYPE_MAP:
    case TYPE_OBJECT:
        return read_members(reader, place, type, item, value);
    }
    return false;
}

static bool read_value(struct reader *reader, const struct place *place, const struct schema_type *type,
                       struct json_object **value)
{
    struct item item;
    *value = NULL;
    if (!next_item(reader, place, &item))
        return false;
    if (item.kind == ITEM_NIL)
        return true;
    if (item.kind == ITEM_EXTENSION) {
        /* 0: unknown; 12: unknown, and a payload that narrows it down, which nobody here needs */
        if (item.extension != 0 && item.extension != 12)
            return malformed(reader, place, "an extension that is not known", item.at);
        *value = value_unknown();
        return *value || no_memory(reader);
    }
    if (++reader->depth > DEPTH_LIMIT)
        return malformed(reader, place, "values nested too deeply", item.at);
    bool ok = read_typed(reader, place, type, &item, value);
    reader->depth--;
    return ok;
}

bool dynamic_read(const uint8_t *bytes, size_t size, const struct schema_type *type, const char *pointer,
                  struct json_object **value, struct diagnostics *diags)
{
    struct reader reader = {.bytes = bytes, .size = size, .diags = diags};
    struct place root = {.key = pointer};
    if (!read_value(&reader, &root, type, value))
        return false;
    if (reader.at == size)
        return true;
    json_object_put(*value);
    *value = NULL;
    return malformed(&reader, &root, "more than one value,", reader.at);
}
