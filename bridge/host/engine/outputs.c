/* SPDX-License-Identifier: Apache-2.0
 *
 * outputs.c - the values of outputs: evaluated in the walk, compared with the state by a plan, put into it by
 * an apply.
 */
#include "engine_internal.h"

#include <stdlib.h>
#include <string.h>

static bool check_sensitive(struct engine *engine, const struct output *output)
{
    if (output->config->sensitive || !marks_any(output->value.marks))
        return true;
    size_t first = engine->diags->count;
    diagnostics_error(
        engine->diags, NULL, "Output refers to sensitive values",
        "To reduce the risk of accidentally exporting sensitive data that was intended to be only "
        "internal, Terraform requires that any root module output containing sensitive data be "
        "explicitly marked as sensitive, to confirm your intent.\n\nIf you do intend to export "
        "this data, annotate the output value as sensitive by adding the following argument:\n"
        "    \"sensitive\": true");
    diagnostics_locate(engine->diags, first, output->config->origin.file, output->config->origin.pointer,
                       NULL);
    return false;
}

void visit_output(struct engine *engine, struct node *node)
{
    struct output *output = node->subject;
    struct engine_scope scope = engine_scope(engine, NULL);
    bool ok = expression_evaluate(output->config->value, &scope.scope, &output->value, engine->diags) &&
              check_sensitive(engine, output);
    walk_finish(engine, node, ok);
}

static const struct state_output *find_saved(const struct state *state, const char *name)
{
    for (size_t i = 0; i < state->output_count; i++)
        if (strcmp(state->outputs[i].name, name) == 0)
            return &state->outputs[i];
    return NULL;
}

static bool same_type(const struct json_object *a, const struct json_object *b)
{
    return json_object_equal((struct json_object *)a, (struct json_object *)b);
}

static enum action compare(const struct state_output *before, const struct typed *after, bool sensitive)
{
    if (!after || !after->value)
        return before ? ACTION_DELETE : ACTION_NONE;
    if (!before || !before->value.value)
        return ACTION_CREATE;
    bool same = !value_has_unknown(after->value) && value_equal(before->value.value, after->value, NULL) &&
                same_type(before->value.type, after->type) && before->sensitive == sensitive;
    return same ? ACTION_NONE : ACTION_UPDATE;
}

static bool add_output(struct changes *changes, const char *name, const struct state_output *before,
                       const struct typed *after, bool sensitive)
{
    struct output_change *change = &changes->outputs[changes->output_count];
    change->name = strdup(name);
    if (!change->name)
        return false;
    changes->output_count++;
    change->action = compare(before, after, sensitive);
    change->sensitive = sensitive || (before && before->sensitive);
    if (before)
        change->before = typed_share(&before->value);
    if (after && after->value)
        change->after = typed_share(after);
    return true;
}

static int compare_outputs(const void *a, const void *b)
{
    return strcmp(((const struct output_change *)a)->name, ((const struct output_change *)b)->name);
}

static bool is_configured(const struct engine *engine, const char *name)
{
    for (size_t i = 0; i < engine->output_count; i++)
        if (strcmp(engine->outputs[i].name, name) == 0)
            return true;
    return false;
}

bool plan_outputs(struct engine *engine)
{
    struct changes *changes = engine->changes;
    const struct state *state = engine->state;
    bool destroy = engine->options.mode == PLAN_DESTROY, ok = true;
    changes->outputs = calloc(engine->output_count + state->output_count + 1, sizeof *changes->outputs);
    if (!changes->outputs)
        return no_memory(engine);
    if (changes->targeted && destroy)
        return true;
    for (size_t i = 0; ok && !destroy && i < engine->output_count; i++) {
        const struct output *output = &engine->outputs[i];
        if (output->node.finished && !output->node.failed && output->node.visit)
            ok = add_output(changes, output->name, find_saved(state, output->name), &output->value,
                            output->config->sensitive);
    }
    for (size_t i = 0; ok && !changes->targeted && i < state->output_count; i++)
        if (destroy || !is_configured(engine, state->outputs[i].name))
            ok = add_output(changes, state->outputs[i].name, &state->outputs[i], NULL, false);
    qsort(changes->outputs, changes->output_count, sizeof *changes->outputs, compare_outputs);
    return ok || no_memory(engine);
}

/* A null output is none. */
static bool set_output(struct state *state, const struct output *output)
{
    return state_output_set(state, output->name, output->value.value ? &output->value : NULL,
                            output->config->sensitive);
}

/* The value with null where something is unknown; *ok turns false without memory. */
static struct json_object *without_unknown(const struct json_object *value, bool *ok)
{
    struct json_object *copy = NULL;
    if (value_is_unknown(value))
        return NULL;
    if (!value_has_unknown(value))
        return json_object_get((struct json_object *)value);
    if (json_object_is_type(value, json_type_array)) {
        copy = json_object_new_array();
        for (size_t i = 0; copy && i < json_object_array_length(value); i++)
            *ok =
                json_object_array_add(copy, without_unknown(json_object_array_get_idx(value, i), ok)) == 0 &&
                *ok;
    } else {
        copy = json_object_new_object();
        json_object_object_foreach((struct json_object *)value, name, member)
        {
            *ok = copy && json_object_object_add(copy, name, without_unknown(member, ok)) == 0 && *ok;
        }
    }
    *ok = *ok && copy;
    return copy;
}

/* What is not known yet (of an object that a refresh found gone, say) is kept as null. */
static bool set_unknown(struct state *state, const struct output *output)
{
    bool ok = true;
    struct typed value = {.value = without_unknown(output->value.value, &ok),
                          .type = json_object_get(output->value.type),
                          .marks = json_object_get(output->value.marks)};
    ok = ok && state_output_set(state, output->name, &value, output->config->sensitive);
    typed_clear(&value);
    return ok;
}

/* The plan's value of an output; the next one in the order of names is looked for from *at on. */
static const struct typed *planned_value(const struct changes *plan, const char *name, size_t *at)
{
    while (*at < plan->output_count && strcmp(plan->outputs[*at].name, name) < 0)
        ++*at;
    if (*at == plan->output_count || strcmp(plan->outputs[*at].name, name) != 0)
        return NULL;
    const struct typed *after = &plan->outputs[*at].after;
    return after->value && !value_has_unknown(after->value) ? after : NULL;
}

void apply_outputs(struct engine *engine)
{
    const struct changes *plan = engine->plan;
    bool ok = true;
    for (size_t i = 0; i < plan->output_count; i++)
        if (plan->outputs[i].action == ACTION_DELETE)
            ok = state_output_set(engine->state, plan->outputs[i].name, NULL, false) && ok;
    for (size_t i = 0, at = 0; plan->mode != PLAN_DESTROY && i < engine->output_count; i++) {
        const struct output *output = &engine->outputs[i];
        const struct typed *planned = planned_value(plan, output->name, &at);
        if (output->node.finished && !output->node.failed && output->node.visit)
            ok = (value_has_unknown(output->value.value) ? set_unknown : set_output)(engine->state, output) &&
                 ok;
        else if (planned) /* what was known stands, though what it refers to came to nothing after all */
            ok = state_output_set(engine->state, output->name, planned, output->config->sensitive) && ok;
    }
    if (!ok)
        no_memory(engine);
}
