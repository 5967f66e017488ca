/* SPDX-License-Identifier: Apache-2.0
 *
 * value.c - the marker for what is not known yet, copies, and when two values are the same.
 * Reading and writing JSON text is value_text.c's part, checking against a schema
 * schema_validate.c's.
 */
#include "value.h"

#include "schema.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Its address, as user data of an object, is the marker. */
static const char unknown_tag;

/* json-c's readers take no const; those used here change nothing. */
static struct json_object *plain(const struct json_object *value)
{
    union {
        const struct json_object *given;
        struct json_object *plain;
    } cast = {.given = value};
    return cast.plain;
}

static void tag_unknown(struct json_object *object)
{
    union {
        const char *tag;
        void *userdata;
    } cast = {.tag = &unknown_tag};
    json_object_set_userdata(object, cast.userdata, NULL);
}

/* A table that is two thirds full at most, as json-c wants it. False without memory. */
static bool fit_table(struct json_object *object, size_t members)
{
    struct lh_table *table = json_object_get_object(object);
    if (members >= INT_MAX / 3)
        return true;
    int slots = (int)(members + members / 2 + 1);
    return slots == table->size || lh_table_resize(table, slots) == 0;
}

struct json_object *value_object(size_t members)
{
    struct json_object *object = json_object_new_object();
    if (object == NULL || fit_table(object, members))
        return object;
    json_object_put(object);
    return NULL;
}

void value_tighten(struct json_object *value)
{
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, key, member)
        {
            (void)key;
            value_tighten(member);
        }
        fit_table(value, (size_t)json_object_object_length(value));
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            value_tighten(json_object_array_get_idx(value, i));
    }
}

struct json_object *value_unknown(void)
{
    struct json_object *object = value_object(0);
    if (object != NULL)
        tag_unknown(object);
    return object;
}

bool value_is_unknown(const struct json_object *value)
{
    return json_object_is_type(value, json_type_object) &&
           json_object_get_userdata(plain(value)) == &unknown_tag;
}

const char *value_string(const struct json_object *string)
{
    return json_object_get_string(plain(string));
}

bool value_has_unknown(const struct json_object *value)
{
    if (value_is_unknown(value))
        return true;
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(plain(value), key, member)
        {
            (void)key;
            if (value_has_unknown(member))
                return true;
        }
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            if (value_has_unknown(json_object_array_get_idx(value, i)))
                return true;
    }
    return false;
}

/* json-c copies all but the marker by itself, objects with a larger table than they need. */
static int copy_shallow(json_object *source, json_object *parent, const char *key, size_t index,
                        json_object **copy)
{
    if (!value_is_unknown(source)) {
        if (!json_object_is_type(source, json_type_object))
            return json_c_shallow_copy_default(source, parent, key, index, copy);
        *copy = value_object((size_t)json_object_object_length(source));
        return *copy != NULL ? 1 : -1;
    }
    *copy = value_unknown();
    return *copy != NULL ? 2 : -1; /* 2: the user data is copied already */
}

struct json_object *value_copy(const struct json_object *value, bool *ok)
{
    struct json_object *copy = NULL;
    if (value != NULL && json_object_deep_copy(plain(value), &copy, copy_shallow) != 0) {
        json_object_put(copy);
        copy = NULL;
        if (ok != NULL)
            *ok = false;
    }
    return copy;
}

void value_wipe(struct json_object *value)
{
    if (json_object_is_type(value, json_type_string)) {
        explicit_bzero((char *)value_string(value), (size_t)json_object_get_string_len(value));
    } else if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, key, member)
        {
            (void)key;
            value_wipe(member);
        }
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            value_wipe(json_object_array_get_idx(value, i));
    }
}

static bool is_number(const struct json_object *value)
{
    return json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double);
}

static uint64_t mix(uint64_t hash, uint64_t more)
{
    hash = (hash ^ more) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 32;
}

static uint64_t hash_bytes(uint64_t seed, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        seed = (seed ^ (unsigned char)bytes[i]) * 0x100000001B3u;
    return mix(seed, length);
}

/* The type of a member of a map or object, NULL where there is none. */
static const struct schema_type *member_type(const struct schema_type *type, const char *key)
{
    if (type == NULL || type->object == NULL)
        return type != NULL ? type->element : NULL;
    const struct schema_attribute *attribute = schema_attribute_find(type->object, key);
    return attribute != NULL ? &attribute->type : NULL;
}

/* Equal values of a type have equal hashes. */
static uint64_t value_hash(const struct json_object *value, const struct schema_type *type)
{
    const struct schema_type *element = type != NULL ? type->element : NULL;
    bool any_order = type != NULL && type->kind == TYPE_SET;
    uint64_t hash = 17;
    if (is_number(value)) {
        double number = json_object_get_double(value);
        uint64_t bits = 0;
        if (number != 0)
            memcpy(&bits, &number, sizeof bits);
        return mix(1, bits);
    }
    switch (json_object_get_type(value)) {
    case json_type_boolean:
        return mix(2, (uint64_t)json_object_get_boolean(value));
    case json_type_string:
        return hash_bytes(3, value_string(value), (size_t)json_object_get_string_len(value));
    case json_type_array:
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            uint64_t one = value_hash(json_object_array_get_idx(value, i), element);
            hash = any_order ? hash + one : mix(hash, one);
        }
        return hash;
    case json_type_object: {
        json_object_object_foreach(plain(value), key, member)
        {
            if (member != NULL)
                hash += mix(hash_bytes(5, key, strlen(key)), value_hash(member, member_type(type, key)));
        }
        return hash;
    }
    default:
        return hash;
    }
}

/* An element of a set, to be sorted by its hash. */
struct hashed {
    uint64_t hash;
    size_t index;
};

static int compare_hashed(const void *left, const void *right)
{
    const struct hashed *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* The elements sorted by hash, to be freed; NULL without memory. */
static struct hashed *hash_elements(const struct json_object *array, const struct schema_type *element)
{
    size_t count = json_object_array_length(array);
    struct hashed *hashes = calloc(count + 1, sizeof *hashes);
    if (hashes == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        hashes[i] = (struct hashed){value_hash(json_object_array_get_idx(array, i), element), i};
    qsort(hashes, count, sizeof *hashes, compare_hashed);
    return hashes;
}

bool value_set_duplicate(const struct json_object *array, const struct schema_type *element, size_t *first,
                         size_t *second, bool *ok)
{
    size_t count = json_object_array_length(array);
    struct hashed *hashes = hash_elements(array, element);
    bool found = false;
    *ok = hashes != NULL;
    for (size_t i = 0; hashes != NULL && !found && i < count; i++)
        for (size_t j = i + 1; !found && j < count && hashes[j].hash == hashes[i].hash; j++) {
            found = value_equal(json_object_array_get_idx(array, hashes[i].index),
                                json_object_array_get_idx(array, hashes[j].index), element);
            *first = hashes[i].index;
            *second = hashes[j].index;
        }
    free(hashes);
    return found;
}

bool value_set_reduce(struct json_object *array, const struct schema_type *element)
{
    size_t count = json_object_array_length(array);
    struct hashed *hashes = hash_elements(array, element);
    bool *drop = calloc(count + 1, sizeof *drop);
    bool ok = hashes != NULL && drop != NULL;
    for (size_t i = 0; ok && i < count; i++)
        for (size_t j = i + 1; !drop[hashes[i].index] && j < count && hashes[j].hash == hashes[i].hash; j++)
            if (value_equal(json_object_array_get_idx(array, hashes[i].index),
                            json_object_array_get_idx(array, hashes[j].index), element))
                drop[hashes[j].index] = true;
    for (size_t i = count; ok && i > 0; i--)
        if (drop[i - 1])
            json_object_array_del_idx(array, i - 1, 1);
    free(drop);
    free(hashes);
    return ok;
}

static size_t count_equal(const struct json_object *array, const struct json_object *value,
                          const struct schema_type *element)
{
    size_t count = 0;
    for (size_t i = 0; i < json_object_array_length(array); i++)
        count += value_equal(json_object_array_get_idx(array, i), value, element);
    return count;
}

/* Likewise without memory, and without the haste: a difference that is none would replace an object. */
static bool set_equal_slowly(const struct json_object *a, const struct json_object *b,
                             const struct schema_type *element)
{
    bool equal = true;
    for (size_t i = 0; equal && i < json_object_array_length(a); i++) {
        const struct json_object *value = json_object_array_get_idx(a, i);
        equal = count_equal(a, value, element) == count_equal(b, value, element);
    }
    return equal;
}

/* Each element of one set has a partner of its own in the other. */
static bool set_equal(const struct json_object *a, const struct json_object *b,
                      const struct schema_type *element)
{
    size_t count = json_object_array_length(a);
    if (count != json_object_array_length(b))
        return false;
    struct hashed *left = hash_elements(a, element), *right = hash_elements(b, element);
    bool hashed = left != NULL && right != NULL;
    bool equal = hashed || set_equal_slowly(a, b, element);
    for (size_t i = 0; hashed && equal && i < count; i++) {
        size_t j = i;
        while (j < count && right[j].hash == left[i].hash &&
               !value_equal(json_object_array_get_idx(a, left[i].index),
                            json_object_array_get_idx(b, right[j].index), element))
            j++;
        equal = j < count && right[j].hash == left[i].hash;
        if (equal) {
            struct hashed partner = right[j];
            right[j] = right[i];
            right[i] = partner;
        }
    }
    free(left);
    free(right);
    return equal;
}

static bool list_equal(const struct json_object *a, const struct json_object *b,
                       const struct schema_type *element)
{
    size_t count = json_object_array_length(a);
    bool equal = count == json_object_array_length(b);
    for (size_t i = 0; equal && i < count; i++)
        equal = value_equal(json_object_array_get_idx(a, i), json_object_array_get_idx(b, i), element);
    return equal;
}

/* Whether every member of `a` that is not null is the same in `b`; the other members of `b` are counted out
 * by the same question the other way round. */
static bool members_in(const struct json_object *a, const struct json_object *b,
                       const struct schema_type *type)
{
    /* A map's null element is an element; an object's null member is an absent one. */
    bool map = type != NULL && type->kind == TYPE_MAP;
    json_object_object_foreach(plain(a), key, member)
    {
        struct json_object *other = NULL;
        bool present = json_object_object_get_ex(b, key, &other);
        if ((map && !present) || !value_equal(member, other, member_type(type, key)))
            return false;
    }
    return true;
}

bool value_equal(const struct json_object *a, const struct json_object *b, const struct schema_type *type)
{
    if (a == NULL || b == NULL)
        return a == b;
    if (value_is_unknown(a) || value_is_unknown(b))
        return false;
    if (is_number(a) && is_number(b))
        return value_number_equal(a, b);
    if (json_object_get_type(a) != json_object_get_type(b))
        return false;
    switch (json_object_get_type(a)) {
    case json_type_boolean:
        return json_object_get_boolean(a) == json_object_get_boolean(b);
    case json_type_string:
        return json_object_get_string_len(a) == json_object_get_string_len(b) &&
               memcmp(value_string(a), value_string(b), (size_t)json_object_get_string_len(a)) == 0;
    case json_type_array:
        if (type != NULL && type->kind == TYPE_SET)
            return set_equal(a, b, type->element);
        return list_equal(a, b, type != NULL ? type->element : NULL);
    case json_type_object:
        return members_in(a, b, type) && members_in(b, a, type);
    default:
        return false;
    }
}
