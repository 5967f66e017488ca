/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_msgpack.c - values as Terraform sends them, msgpack or JSON, read along types of every kind. What is
 * taken is written, read and written again as the same bytes.
 *
 * Input: the type (an attribute of types.c; any other number: the whole object), 1 for JSON, the value.
 */
#include "fuzz.h"

#include "arena.h"
#include "dynamic_value.h"
#include "types.h"

#include <stdlib.h>
#include <string.h>

/* Reading back what was written must work, whatever the value. */
static void check_round_trip(struct json_object *value, const struct schema_type *type)
{
    struct arena arena = {0};
    struct diagnostics diags = {0};
    struct json_object *again = NULL;
    size_t size = 0, second_size = 0;
    uint8_t *bytes = dynamic_write(value, type, NULL, &arena, &size, &diags);
    fuzz_check_diagnostics(&diags, bytes != NULL);
    CHECK(bytes != NULL);
    CHECK(dynamic_read(bytes, size, type, NULL, &again, &diags));
    uint8_t *second = dynamic_write(again, type, NULL, &arena, &second_size, &diags);
    CHECK(second != NULL && second_size == size && memcmp(bytes, second, size) == 0);
    json_object_put(again);
    diagnostics_clear(&diags);
    arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct diagnostics diags = {0};
    struct json_object *value = NULL;
    size_t choice = fuzz_byte(&input), length;
    bool json = fuzz_byte(&input) == 1;
    struct schema_type type = choice < widget.object.count ? widget.object.attributes[choice].type
                                                           : dynamic_object_type(&widget.object);
    char *bytes = fuzz_rest(&input, &length);
    bool ok = json ? dynamic_read_json((const uint8_t *)bytes, length, &type, NULL, &value, &diags)
                   : dynamic_read((const uint8_t *)bytes, length, &type, "/here", &value, &diags);
    fuzz_check_diagnostics(&diags, ok);
    if (ok)
        check_round_trip(value, &type);
    else
        CHECK(value == NULL);
    json_object_put(value);
    diagnostics_clear(&diags);
    free(bytes);
    return 0;
}
