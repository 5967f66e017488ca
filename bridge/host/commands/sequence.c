/* SPDX-License-Identifier: Apache-2.0
 *
 * sequence.c - see sequence.h. The table of common lengths is quadratic, so beginnings and ends that are
 * equal are taken off first, and what is too large for a table even then pairs up as removed and added.
 */
#include "sequence.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../value.h"

enum { LARGEST_TABLE = 4 << 20 };

bool sequence_same(const struct json_object *a, const struct json_object *b)
{
    if (a == b)
        return true;
    if (!a || !b || value_is_unknown(a) || value_is_unknown(b))
        return a && b && value_is_unknown(a) && value_is_unknown(b);
    enum json_type type = json_object_get_type(a), other = json_object_get_type(b);
    bool number = (type == json_type_int || type == json_type_double) &&
                  (other == json_type_int || other == json_type_double);
    if (number)
        return value_number_equal(a, b);
    if (type != other)
        return false;
    if (type == json_type_string)
        return !strcmp(value_string(a), value_string(b));
    if (type == json_type_array) {
        size_t count = json_object_array_length(a);
        bool equal = count == json_object_array_length(b);
        for (size_t i = 0; equal && i < count; i++)
            equal = sequence_same(json_object_array_get_idx(a, i), json_object_array_get_idx(b, i));
        return equal;
    }
    if (type == json_type_object) {
        bool equal = json_object_object_length(a) == json_object_object_length(b);
        json_object_object_foreach((struct json_object *)(uintptr_t)a, name, value)
        {
            struct json_object *there;
            equal = equal && json_object_object_get_ex(b, name, &there) && sequence_same(value, there);
        }
        return equal;
    }
    return json_object_get_boolean(a) == json_object_get_boolean(b);
}

/* Two sequences of anything. */
struct sequences {
    const struct json_object *before, *after;             /* arrays, or */
    const char *const *before_lines, *const *after_lines; /* lines */
    size_t before_count, after_count;
    size_t skipped;  /* equal at the beginning */
    uint32_t *table; /* common lengths from (i, j) to the end, of what lies between beginning and end */
    size_t rows, columns;
    bool (*visit)(void *context, size_t before, size_t after);
    void *context;
};

static bool equal_at(const struct sequences *all, size_t before, size_t after)
{
    if (all->before_lines)
        return !strcmp(all->before_lines[before], all->after_lines[after]);
    return sequence_same(json_object_array_get_idx(all->before, before),
                         json_object_array_get_idx(all->after, after));
}

static bool object_at(const struct json_object *array, size_t index)
{
    const struct json_object *element = array ? json_object_array_get_idx(array, index) : NULL;
    return json_object_is_type(element, json_type_object) && !value_is_unknown(element);
}

static uint32_t *cell(const struct sequences *all, size_t row, size_t column)
{
    return &all->table[row * (all->columns + 1) + column];
}

/* False without memory. Without a table (too large), all between beginning and end counts as different. */
static bool make_table(struct sequences *all)
{
    size_t ends = 0, shorter = all->before_count < all->after_count ? all->before_count : all->after_count;
    while (all->skipped < shorter && equal_at(all, all->skipped, all->skipped))
        all->skipped++;
    while (all->skipped + ends < shorter &&
           equal_at(all, all->before_count - 1 - ends, all->after_count - 1 - ends))
        ends++;
    all->rows = all->before_count - all->skipped - ends;
    all->columns = all->after_count - all->skipped - ends;
    if ((all->rows + 1) > LARGEST_TABLE / (all->columns + 1))
        return true;
    all->table = calloc((all->rows + 1) * (all->columns + 1), sizeof(*all->table));
    if (!all->table)
        return false;
    for (size_t i = all->rows; i-- > 0;) {
        for (size_t j = all->columns; j-- > 0;) {
            uint32_t down = *cell(all, i + 1, j), right = *cell(all, i, j + 1);
            *cell(all, i, j) = equal_at(all, all->skipped + i, all->skipped + j)
                                   ? *cell(all, i + 1, j + 1) + 1
                               : down > right ? down
                                              : right;
        }
    }
    return true;
}

/* What lies between two elements that are common: objects pair up in turn, the rest goes, then comes. */
static bool visit_between(const struct sequences *all, size_t before, size_t before_end, size_t after,
                          size_t after_end)
{
    bool ok = true;
    while (ok && before < before_end) {
        bool pair = after < after_end && object_at(all->before, before) && object_at(all->after, after);
        ok = all->visit(all->context, before, pair ? after : all->after_count);
        before++;
        after += pair;
    }
    for (; ok && after < after_end; after++)
        ok = all->visit(all->context, all->before_count, after);
    return ok;
}

static bool visit_all(const struct sequences *all)
{
    size_t i = 0, j = 0, first = all->skipped; /* of the middle */
    bool ok = true;
    for (size_t at = 0; ok && at < first; at++)
        ok = all->visit(all->context, at, at);
    size_t from_i = 0, from_j = 0; /* where what is different began */
    while (ok && all->table && i < all->rows && j < all->columns) {
        if (equal_at(all, first + i, first + j)) {
            ok = visit_between(all, first + from_i, first + i, first + from_j, first + j) &&
                 all->visit(all->context, first + i, first + j);
            from_i = ++i;
            from_j = ++j;
        } else if (*cell(all, i + 1, j) >= *cell(all, i, j + 1)) {
            i++;
        } else {
            j++;
        }
    }
    ok = ok && visit_between(all, first + from_i, first + all->rows, first + from_j, first + all->columns);
    for (size_t at = first + all->rows; ok && at < all->before_count; at++)
        ok = all->visit(all->context, at, at - all->before_count + all->after_count);
    return ok;
}

static bool pair_up(struct sequences *all)
{
    bool ok = make_table(all) && visit_all(all);
    free(all->table);
    return ok;
}

bool sequence_pair(const struct json_object *before, const struct json_object *after,
                   bool (*visit)(void *context, size_t before, size_t after), void *context)
{
    struct sequences all = {.before = before,
                            .after = after,
                            .before_count = before ? json_object_array_length(before) : 0,
                            .after_count = after ? json_object_array_length(after) : 0,
                            .visit = visit,
                            .context = context};
    bool ok = true;
    if (all.before_count != all.after_count)
        return pair_up(&all);
    for (size_t i = 0; ok && i < all.before_count; i++)
        ok = visit(context, i, i);
    return ok;
}

bool sequence_pair_lines(const char *const *before, size_t before_count, const char *const *after,
                         size_t after_count, bool (*visit)(void *context, size_t before, size_t after),
                         void *context)
{
    struct sequences all = {.before_lines = before,
                            .after_lines = after,
                            .before_count = before_count,
                            .after_count = after_count,
                            .visit = visit,
                            .context = context};
    return pair_up(&all);
}
