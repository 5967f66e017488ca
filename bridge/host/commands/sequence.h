/* SPDX-License-Identifier: Apache-2.0
 *
 * sequence.h - which elements of two arrays belong together, for showing what changed in a list.
 */
#ifndef HOST_SEQUENCE_H
#define HOST_SEQUENCE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether two trees are equal as they stand: numbers by value, an unknown equals only an unknown. */
bool sequence_same(const struct json_object *a, const struct json_object *b);

/* Calls visit for each pair of indices in the order of display; an index beyond the end of its array means
 * that there is no partner. Arrays of one length pair up by their places. Else elements of the longest common
 * subsequence do; between them objects pair up in turn, and all else was removed or added. Stops when visit
 * returns false. False without memory, too. Either array may be NULL. */
bool sequence_pair(const struct json_object *before, const struct json_object *after,
                   bool (*visit)(void *context, size_t before, size_t after), void *context);

/* Likewise of the lines of two texts, by their longest common subsequence even where there are as many of
 * them. */
bool sequence_pair_lines(const char *const *before, size_t before_count, const char *const *after,
                         size_t after_count, bool (*visit)(void *context, size_t before, size_t after),
                         void *context);

#endif
