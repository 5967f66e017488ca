/* SPDX-License-Identifier: Apache-2.0
 *
 * inspect.c - everything that is wrong with schemas and library, found without calling a callback: what
 * loading them says, and what only a reader of the whole would notice.
 */
#include "check.h"

#include "call.h"
#include "library.h"

#include <stdlib.h>
#include <string.h>

struct inspection {
    const struct schema_set *set;
    struct diagnostics *diags;
    /* The callback that others are compared with. */
    const struct schema *schema;
    const struct schema_callback *callback;
    bool reached;
};

static void compare_prototypes(const struct schema *schema, const struct schema_callback *callback,
                               void *context)
{
    struct inspection *inspection = context;
    const struct schema_callback *first = inspection->callback;
    if (callback == first) {
        inspection->reached = true;
        return;
    }
    if (!inspection->reached || strcmp(callback->symbol, first->symbol) != 0)
        return;
    char *here = check_prototype(callback, false), *there = check_prototype(first, false);
    if (here == NULL || there == NULL)
        diagnostics_no_memory(inspection->diags);
    else if (strcmp(here, there) != 0)
        diagnostics_error(inspection->diags, NULL, "One function with two prototypes",
                          "%s: at %s: calls %s, and %s: at %s calls %s. One of them is wrong: correct the "
                          "arguments, or narrow an attribute's type with \"c\".",
                          schema->file, callback->pointer, here, inspection->schema->file, first->pointer,
                          there);
    free(here);
    free(there);
}

/* Compares a callback with all that come behind it. */
static void inspect_prototype(const struct schema *schema, const struct schema_callback *callback,
                              void *context)
{
    struct inspection inspection = *(struct inspection *)context;
    inspection.schema = schema;
    inspection.callback = callback;
    inspection.reached = false;
    check_each_callback(inspection.set, compare_prototypes, &inspection);
}

static bool takes_in(const struct schema_callback *callback, const struct schema_attribute *attribute)
{
    for (size_t i = 0; i < callback->count; i++)
        if (callback->arguments[i].attribute == attribute && callback->arguments[i].kind != ARGUMENT_OUT)
            return true;
    return false;
}

/* What update hands out is not known before it was called. */
static void inspect_update(const struct schema *schema, const struct schema_callback *update,
                           struct diagnostics *diags)
{
    for (size_t i = 0; i < update->count; i++) {
        const struct schema_argument *argument = &update->arguments[i];
        if (argument->kind == ARGUMENT_IN && argument->attribute->read_only &&
            call_hands_out(update, argument->attribute))
            diagnostics_error(
                diags, NULL, "Attribute has no value yet",
                "%s: at %s: update is to find \"%s\" out. Write \"$prior.%s\" for its old value.",
                schema->file, argument->pointer, argument->attribute->name, argument->attribute->name);
    }
}

static void inspect_attribute(const struct schema *schema, const struct schema_attribute *attribute,
                              struct diagnostics *diags)
{
    bool in = false, out = false;
    for (size_t i = 0; i < CALLBACK_ROLES; i++) {
        const struct schema_callback *callback = schema->callbacks[i];
        in = in || (callback != NULL && takes_in(callback, attribute));
        out = out || (callback != NULL && call_hands_out(callback, attribute));
    }
    for (size_t i = 0; i < schema->check_count; i++)
        in = in || takes_in(&schema->checks[i], attribute);
    if (attribute->read_only && !out)
        diagnostics_warning(diags, NULL, "Attribute that is always null",
                            "%s: at /properties/%s: it is readOnly, and no callback hands it out (\"&%s\").",
                            schema->file, attribute->name, attribute->name);
    else if (!attribute->read_only && !in)
        diagnostics_warning(diags, NULL, "Attribute that does nothing",
                            "%s: at /properties/%s: no callback is given it (\"%s\").", schema->file,
                            attribute->name, attribute->name);
}

static void inspect_resource(const struct schema *schema, struct diagnostics *diags)
{
    static const struct {
        enum callback_role role;
        const char *name, *effect;
    } wanted[] = {
        {CALLBACK_READ, "read", "what others change or remove is never noticed"},
        {CALLBACK_DELETE, "delete", "destroying calls nothing, and leaves the object where it is"},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (schema->callbacks[wanted[i].role] == NULL)
            diagnostics_warning(diags, NULL, "No such callback", "%s: at /callbacks: without \"%s\", %s.",
                                schema->file, wanted[i].name, wanted[i].effect);
    if (schema->callbacks[CALLBACK_UPDATE] != NULL)
        inspect_update(schema, schema->callbacks[CALLBACK_UPDATE], diags);
    if (schema->import_count == 0)
        diagnostics_warning(diags, NULL, "No import",
                            "%s: without \"import\", an object that exists already can't be taken over.",
                            schema->file);
}

static void inspect_schema(const struct schema *schema, struct diagnostics *diags)
{
    bool called = false;
    for (size_t i = 0; i < CALLBACK_ROLES; i++)
        called = called || schema->callbacks[i] != NULL;
    /* Without callbacks there is nothing that attributes could go to. */
    if (!called)
        return;
    for (size_t i = 0; i < schema->object.count; i++)
        inspect_attribute(schema, &schema->object.attributes[i], diags);
    if (schema->kind == SCHEMA_RESOURCE)
        inspect_resource(schema, diags);
}

void check_inspect(const char *directory, struct diagnostics *diags)
{
    struct diagnostics schema_problems = {0};
    struct schema_set *set = schema_set_read(directory, &schema_problems);
    bool whole = !schema_problems.has_error;
    diagnostics_move(diags, &schema_problems);
    if (set == NULL)
        return;
    check_step("loading the library");
    library_inspect(set, diags);
    if (whole) {
        struct inspection inspection = {.set = set, .diags = diags};
        check_each_callback(set, inspect_prototype, &inspection);
        inspect_schema(&set->provider, diags);
        for (size_t i = 0; i < set->resource_count; i++)
            inspect_schema(&set->resources[i], diags);
        for (size_t i = 0; i < set->data_source_count; i++)
            inspect_schema(&set->data_sources[i], diags);
        for (size_t i = 0; i < set->function_count; i++)
            inspect_schema(&set->functions[i], diags);
    }
    schema_set_destroy(set);
}
