/* SPDX-License-Identifier: Apache-2.0
 *
 * ctype_value.c - one value from JSON into C storage, and from C storage into JSON. Nothing is
 * changed silently on the way: what does not fit is a problem that says so.
 */
#include "ctype_value.h"

#include "utf8.h"
#include "value.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool problem_set(char **problem, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool problem_set(char **problem, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(problem, format, arguments) < 0)
        *problem = NULL;
    va_end(arguments);
    return false;
}

static bool wrong_kind(const struct c_type *row, const struct json_object *value, char **problem)
{
    return problem_set(problem, "%s can't become C's %s",
                       value == NULL ? "null" : json_type_to_name(json_object_get_type(value)), row->name);
}

bool c_write_boolean(const struct c_type *row, const struct json_object *value, union c_value *out,
                     char **problem)
{
    if (!json_object_is_type(value, json_type_boolean))
        return wrong_kind(row, value, problem);
    out->boolean = json_object_get_boolean(value);
    return true;
}

static void integer_store(const struct c_type *row, uint64_t word, union c_value *out)
{
    switch (row->size) {
    case 1:
        out->u8 = (uint8_t)word;
        break;
    case 2:
        out->u16 = (uint16_t)word;
        break;
    case 4:
        out->u32 = (uint32_t)word;
        break;
    default:
        out->u64 = word;
    }
}

static bool outside(const struct c_type *row, char **problem)
{
    return problem_set(problem, "the number is outside the range of C's %s: %" PRId64 " to %" PRIu64,
                       row->name, row->minimum, row->maximum);
}

bool c_write_integer(const struct c_type *row, const struct json_object *value, union c_value *out,
                     char **problem)
{
    bool negative = false;
    uint64_t magnitude = 0;
    if (json_object_is_type(value, json_type_boolean)) {
        integer_store(row, json_object_get_boolean(value) ? 1 : 0, out);
        return true;
    }
    if (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_double))
        return wrong_kind(row, value, problem);
    switch (value_whole(value, &negative, &magnitude)) {
    case WHOLE_FRACTION:
        return problem_set(problem, "the number is not a whole one, as C's %s needs", row->name);
    case WHOLE_OUTSIDE:
        return outside(row, problem);
    case WHOLE_YES:
        break;
    }
    if (magnitude > (negative ? 0 - (uint64_t)row->minimum : row->maximum))
        return outside(row, problem);
    integer_store(row, negative ? 0 - magnitude : magnitude, out);
    return true;
}

bool c_write_float(const struct c_type *row, const struct json_object *value, union c_value *out,
                   char **problem)
{
    if (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_double))
        return wrong_kind(row, value, problem);
    double number = json_object_get_double(value);
    double largest = row->size == sizeof(float) ? (double)FLT_MAX : DBL_MAX;
    if (!isfinite(number) || fabs(number) > largest)
        return problem_set(problem, "the number is outside the range of C's %s: +-%g", row->name, largest);
    if (row->size == sizeof(float))
        out->f32 = (float)number;
    else
        out->f64 = number;
    return true;
}

/* Borrows a string for C; NULL after a problem. */
static const char *c_string(const struct c_type *row, const struct json_object *value, char **problem)
{
    if (!json_object_is_type(value, json_type_string)) {
        wrong_kind(row, value, problem);
        return NULL;
    }
    const char *text = value_string(value);
    if (strlen(text) != (size_t)json_object_get_string_len(value)) {
        problem_set(problem, "the string holds a NUL character, where a C string ends; remove it");
        return NULL;
    }
    return text;
}

static void pointer_store(const void *borrowed, union c_value *out)
{
    union {
        const void *borrowed;
        void *pointer;
    } cast = {.borrowed = borrowed};
    out->pointer = cast.pointer;
}

bool c_write_text(const struct c_type *row, const struct json_object *value, union c_value *out,
                  char **problem)
{
    const char *text = value != NULL ? c_string(row, value, problem) : NULL;
    pointer_store(text, out);
    return value == NULL || text != NULL;
}

bool c_write_texts(const struct c_type *row, const struct json_object *value, union c_value *out,
                   char **problem)
{
    if (value == NULL)
        return true;
    if (!json_object_is_type(value, json_type_array))
        return wrong_kind(row, value, problem);
    size_t count = json_object_array_length(value);
    const char **texts = calloc(count + 1, sizeof *texts);
    if (texts == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        texts[i] = c_string(row, json_object_array_get_idx(value, i), problem);
        if (texts[i] == NULL) {
            free(texts);
            return false;
        }
    }
    pointer_store(texts, out);
    return true;
}

bool c_write_json(const struct c_type *row, const struct json_object *value, union c_value *out,
                  char **problem)
{
    (void)row;
    if (value == NULL)
        return true;
    if (value_has_unknown(value))
        return problem_set(problem, "a value inside it is not known yet");
    /* Printing writes into the tree, which may be shared: print a copy. */
    bool ok = true;
    struct json_object *copy = value_copy(value, &ok);
    out->pointer = ok ? value_to_text(copy) : NULL;
    json_object_put(copy);
    return out->pointer != NULL;
}

bool c_write_nothing(const struct c_type *row, const struct json_object *value, union c_value *out,
                     char **problem)
{
    (void)out;
    return (row->family == C_POINTER && value == NULL) || wrong_kind(row, value, problem);
}

bool c_value_from_json(const struct c_type *row, const struct schema_type *type,
                       const struct json_object *value, union c_value *out, char **problem)
{
    *out = (union c_value){0};
    *problem = NULL;
    /* An integer's row takes a boolean as 0 or 1, but not where an integer is meant. */
    if (type != NULL && type->kind == TYPE_INTEGER && json_object_is_type(value, json_type_boolean))
        return wrong_kind(row, value, problem);
    return row->write(row, value, out, problem);
}

void c_value_release(const struct c_type *row, union c_value *value)
{
    if (row->family == C_TEXTS || row->family == C_JSON)
        free(value->pointer);
    *value = (union c_value){0};
}

bool c_read_boolean(const struct c_type *row, const struct schema_type *type, const union c_value *value,
                    struct json_object **out, char **problem)
{
    (void)row, (void)type, (void)problem;
    /* Not through `boolean`: anything but 0 and 1 in it would be undefined. */
    *out = json_object_new_boolean(value->u8 != 0);
    return *out != NULL;
}

static uint64_t integer_load(const struct c_type *row, const union c_value *value)
{
    bool negative = row->family == C_SIGNED;
    switch (row->size) {
    case 1:
        return negative ? (uint64_t)(int64_t)value->i8 : value->u8;
    case 2:
        return negative ? (uint64_t)(int64_t)value->i16 : value->u16;
    case 4:
        return negative ? (uint64_t)(int64_t)value->i32 : value->u32;
    default:
        return value->u64;
    }
}

bool c_read_integer(const struct c_type *row, const struct schema_type *type, const union c_value *value,
                    struct json_object **out, char **problem)
{
    (void)problem;
    uint64_t word = integer_load(row, value);
    if (type != NULL && type->kind == TYPE_BOOLEAN)
        *out = json_object_new_boolean(word != 0);
    else if (row->family == C_SIGNED || word <= INT64_MAX)
        *out = json_object_new_int64((int64_t)word);
    else
        *out = json_object_new_uint64(word);
    return *out != NULL;
}

bool c_read_float(const struct c_type *row, const struct schema_type *type, const union c_value *value,
                  struct json_object **out, char **problem)
{
    (void)type;
    double number = row->size == sizeof(float) ? (double)value->f32 : value->f64;
    if (!isfinite(number))
        return problem_set(problem, "a %s that is not finite", row->name);
    *out = json_object_new_double(number);
    return *out != NULL;
}

bool c_read_text(const struct c_type *row, const struct schema_type *type, const union c_value *value,
                 struct json_object **out, char **problem)
{
    (void)row, (void)type;
    const char *text = value->pointer;
    if (text == NULL)
        return true;
    size_t length = strlen(text), valid = utf8_valid_prefix(text, length);
    if (valid < length)
        return problem_set(problem, "a string that is not UTF-8: byte %zu is wrong", valid);
    if (length > INT32_MAX / 2)
        return problem_set(problem, "a string of %zu bytes, which is too long", length);
    *out = json_object_new_string_len(text, (int)length);
    return *out != NULL;
}

bool c_read_json(const struct c_type *row, const struct schema_type *type, const union c_value *value,
                 struct json_object **out, char **problem)
{
    (void)row;
    const char *text = value->pointer;
    char *cause = NULL;
    if (text == NULL)
        return true;
    if (!value_from_text(text, strlen(text), out, &cause)) {
        if (cause != NULL)
            problem_set(problem, "text that is not JSON: %s", cause);
        free(cause);
        return false;
    }
    if (type == NULL || schema_conform(type, out, problem))
        return true;
    json_object_put(*out);
    *out = NULL;
    return false;
}

bool c_read_nothing(const struct c_type *row, const struct schema_type *type, const union c_value *value,
                    struct json_object **out, char **problem)
{
    (void)type, (void)value, (void)out;
    return problem_set(problem, "C's %s, which can't become a value", row->name);
}

/* libffi leaves a narrow integer as a whole word: cuts it back to its own storage. */
static union c_value narrow(const struct c_type *row, const union c_value *returned)
{
    union c_value value = *returned;
    if (row->family == C_SIGNED || row->family == C_UNSIGNED || row->family == C_BOOLEAN)
        integer_store(row, returned->word, &value);
    return value;
}

bool c_value_to_json(const struct c_type *row, const struct schema_type *type, const union c_value *value,
                     bool returned, struct json_object **out, char **problem)
{
    union c_value storage = returned ? narrow(row, value) : *value;
    *out = NULL;
    *problem = NULL;
    return row->read(row, type, &storage, out, problem);
}
