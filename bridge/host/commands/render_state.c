/* SPDX-License-Identifier: Apache-2.0
 *
 * render_state.c - what a state holds, in the form of the configuration.
 */
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "render.h"

bool render_instance(FILE *out, const struct style *style, const struct schema *schema,
                     const struct address *address, const struct state_instance *instance)
{
    const struct drawing drawing = {
        .out = out, .style = style, .no_symbols = true, .show_unchanged = true, .no_null = true};
    struct diff diff = {0};
    bool ok = true;
    char *text = address_text(address, false);
    struct json_object *marks =
        schema ? marks_of_schema(&schema->object, instance->attributes, instance->marks, &ok)
               : json_object_get(instance->marks);
    const struct comparison comparison = {.before = instance->attributes,
                                          .after = instance->attributes,
                                          .before_marks = marks,
                                          .after_marks = marks,
                                          .path = ""};
    ok = ok && text && diff_resource(&comparison, schema ? &schema->object : NULL, &diff);
    if (ok) {
        fprintf(out, "# %s:", text);
        if (instance->deposed)
            fprintf(out, " (deposed object %s)", instance->deposed);
        else if (instance->tainted)
            fputs(" (tainted)", out);
        fprintf(out, "\n%s \"%s\" \"%s\" ", address->mode == MODE_DATA ? "data" : "resource", address->type,
                address->name);
        ok = draw(&drawing, &diff, 0);
        fputc('\n', out);
    }
    diff_clear(&diff);
    json_object_put(marks);
    free(text);
    return ok;
}

static void drop_nulls(struct diff *diff)
{
    size_t kept = 0;
    for (size_t i = 0; i < diff->count; i++) { /* a null is a primitive and holds nothing to be freed */
        const struct diff *child = &diff->children[i];
        if (child->kind != DIFF_PRIMITIVE || child->before || child->after)
            diff->children[kept++] = *child;
    }
    diff->count = kept;
}

/* What has no schema is told apart by its type: objects from maps. */
static void use_type(struct diff *diff, struct json_object *type)
{
    bool compound = json_object_is_type(type, json_type_array);
    struct json_object *inner = compound ? json_object_array_get_idx(type, 1) : NULL;
    const char *name = compound ? value_string(json_object_array_get_idx(type, 0)) : "";
    if (diff->kind == DIFF_OBJECT && !strcmp(name, "map"))
        diff->kind = DIFF_MAP;
    for (size_t i = 0; i < diff->count; i++) {
        struct json_object *element = inner;
        if (!strcmp(name, "object") && json_object_is_type(inner, json_type_object))
            json_object_object_get_ex(inner, diff->children[i].name, &element);
        else if (!strcmp(name, "tuple"))
            element =
                json_object_is_type(inner, json_type_array) ? json_object_array_get_idx(inner, i) : NULL;
        use_type(&diff->children[i], element);
    }
    if (!strcmp(name, "object"))
        drop_nulls(diff);
}

bool render_outputs_of_state(FILE *out, const struct style *style, const struct state *state)
{
    const struct drawing drawing = {
        .out = out, .style = style, .no_symbols = true, .show_unchanged = true, .no_null = true};
    bool ok = true;
    for (size_t i = 0; ok && i < state->output_count; i++) {
        const struct state_output *output = &state->outputs[i];
        struct json_object *mark = output->sensitive ? json_object_new_boolean(true) : NULL;
        const struct comparison comparison = {.before = output->value.value,
                                              .after = output->value.value,
                                              .before_marks = mark,
                                              .after_marks = mark,
                                              .before_explicit = true,
                                              .after_explicit = true,
                                              .legacy = true,
                                              .path = ""};
        struct diff diff = {.name = output->name};
        ok = (!output->sensitive || mark) && diff_value(&comparison, &diff);
        use_type(&diff, output->value.type);
        fprintf(out, "%s = ", output->name);
        ok = ok && draw(&drawing, &diff, 0);
        fputc('\n', out);
        diff_clear(&diff);
        json_object_put(mark);
    }
    return ok;
}
