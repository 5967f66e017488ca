/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_json.c - JSON text read strictly. What is taken json-c takes too, alone, as the same value but for
 * integers that it saturates; and it is written as text that reads as the same again. What is refused is
 * told, with its place.
 */
#include "fuzz.h"

#include "value.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 }; /* as value.h promises; json-c's own is less */

/* Whether an integer outside 64 bits is there: a double without fraction and exponent. */
static bool has_long_integer(struct json_object *value)
{
    bool found = false;
    if (json_object_is_type(value, json_type_array))
        for (size_t i = 0; i < json_object_array_length(value); i++)
            found = found || has_long_integer(json_object_array_get_idx(value, i));
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, key, member)
        {
            (void)key;
            found = found || has_long_integer(member);
        }
    }
    const char *text = value_number_text(value);
    return found || (text != NULL && strpbrk(text, ".eE") == NULL);
}

static void check_taken(const char *text, struct json_object *value)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    CHECK(tokener != NULL);
    struct json_object *other = json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1);
    CHECK(json_tokener_get_error(tokener) == json_tokener_success);
    CHECK(json_object_equal(value, other) || has_long_integer(value));
    json_tokener_free(tokener);
    free(fuzz_json_text(value));

    bool ok = true;
    struct json_object *copy = value_copy(value, &ok);
    CHECK(ok && json_object_equal(value, copy));
    json_object_put(copy);
    json_object_put(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct json_object *value = NULL;
    char *problem = NULL;
    size_t length;
    char *text = fuzz_rest(&input, &length);
    if (value_from_text(text, length, &value, &problem)) {
        CHECK(problem == NULL && memchr(text, '\0', length) == NULL);
        check_taken(text, value);
    } else {
        CHECK(value == NULL);
        CHECK(problem != NULL && *problem != '\0');
        fuzz_check_message("what is wrong", problem);
    }
    json_object_put(value);
    free(problem);
    free(text);
    return 0;
}
