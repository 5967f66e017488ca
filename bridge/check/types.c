/* SPDX-License-Identifier: Apache-2.0
 *
 * types.c - the table of C types, as documentation has it.
 */
#include "check.h"

#include "ctype.h"

#include <inttypes.h>
#include <string.h>

/* The JSON types of attributes, as a reader of schemas calls them. */
static const struct json_kind {
    const char *name;
    struct schema_type type;
} * json_kinds(size_t *count)
{
    static struct schema_type string = {.kind = TYPE_STRING}, number = {.kind = TYPE_NUMBER};
    static const struct json_kind kinds[] = {
        {"string", {.kind = TYPE_STRING}},
        {"integer", {.kind = TYPE_INTEGER}},
        {"number", {.kind = TYPE_NUMBER}},
        {"boolean", {.kind = TYPE_BOOLEAN}},
        {"list of strings", {.kind = TYPE_LIST, .element = &string}},
        {"set of strings", {.kind = TYPE_SET, .element = &string}},
        {"other list", {.kind = TYPE_LIST, .element = &number}},
        {"other set", {.kind = TYPE_SET, .element = &number}},
        {"map", {.kind = TYPE_MAP, .element = &string}},
        {"object", {.kind = TYPE_OBJECT}},
    };
    *count = sizeof kinds / sizeof *kinds;
    return kinds;
}

static void print_fitting(FILE *out, const struct c_type *row)
{
    size_t count = 0, printed = 0;
    const struct json_kind *kinds = json_kinds(&count);
    for (size_t i = 0; i < count; i++)
        if (c_type_fits(row, &kinds[i].type))
            fprintf(out, "%s%s%s", printed++ > 0 ? ", " : "", kinds[i].name,
                    c_type_default(&kinds[i].type) == row ? "\\*" : "");
    if (printed == 0)
        fputs(row->family == C_VOID ? "no return" : "`$session`, `$report`, `$log`, what `open` returns",
              out);
    else if (row->family == C_JSON)
        fputs(", as JSON text", out);
    else if (row->family == C_TEXTS)
        fputs(", NULL-terminated", out);
}

void check_types(FILE *out)
{
    size_t count = 0;
    const struct c_type *table = c_type_table(&count);
    fputs("| C type, in | out | JSON types | range |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < count; i++) {
        const struct c_type *row = &table[i];
        bool texts = row->family == C_TEXTS, integer = row->family == C_SIGNED || row->family == C_UNSIGNED;
        fprintf(out, "| `%s` | ", row->name);
        /* A list of strings goes in as an array and comes out as text. */
        if (row->out_name != NULL || texts)
            fprintf(out, "`%s`%s", texts ? c_type_json()->out_name : row->out_name,
                    texts ? ", as JSON text" : "");
        fputs(" | ", out);
        print_fitting(out, row);
        fputs(" | ", out);
        if (integer)
            fprintf(out, "%" PRId64 " to %" PRIu64, row->minimum, row->maximum);
        fputs(" |\n", out);
    }
}
