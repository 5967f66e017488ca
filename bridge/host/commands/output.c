/* SPDX-License-Identifier: Apache-2.0
 *
 * output.c - see output.h.
 */
#include "output.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "../../value.h"

static atomic_bool lost; /* diagnostics are printed by more than one thread */

void output_lose(void)
{
    atomic_store(&lost, true);
}

bool output_is_lost(void)
{
    return atomic_load(&lost);
}

struct json_object *made(struct json_object *part)
{
    if (!part)
        output_lose();
    return part;
}

void member_add(struct json_object *to, const char *name, struct json_object *value)
{
    if (to && name && json_object_object_add(to, name, value) == 0)
        return;
    output_lose();
    json_object_put(value);
}

void element_add(struct json_object *to, struct json_object *value)
{
    if (to && json_object_array_add(to, value) == 0)
        return;
    output_lose();
    json_object_put(value);
}

void member_add_text(struct json_object *to, const char *name, const char *text)
{
    member_add(to, name, text ? made(json_object_new_string(text)) : NULL);
}

void output_json(FILE *out, struct json_object *value)
{
    char *text = value_to_text(value);
    if (text)
        fputs(text, out);
    else
        output_lose();
    free(text);
}
