/* SPDX-License-Identifier: Apache-2.0
 *
 * provider_resource.c - read, plan and apply: the schema's rules of plan.h together with the plugin's
 * callbacks.
 */
#include "plan.h"
#include "provider_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Unknowns that no callback filled in become null. */
static bool settle_unknowns(const struct schema *schema, struct json_object *object,
                            struct diagnostics *diags)
{
    for (size_t i = 0; i < schema->object.count; i++) {
        const char *name = schema->object.attributes[i].name;
        if (value_has_unknown(provider_member(object, name)) &&
            json_object_object_add(object, name, NULL) != 0) {
            diagnostics_no_memory(diags);
            return false;
        }
    }
    return true;
}

/* Whether the object, or what was handed out, has all that its identity, and what the schema requires, needs.
 */
static bool check_required_outputs(const struct schema *schema, const struct schema_callback *callback,
                                   struct json_object *object, struct diagnostics *diags)
{
    bool ok = true;
    for (size_t i = 0; i < schema->object.count; i++) {
        const struct schema_attribute *attribute = &schema->object.attributes[i];
        bool needed = attribute->required;
        for (size_t j = 0; j < schema->identity_count; j++)
            needed = needed || schema->identity[j] == attribute;
        if (!needed || !call_hands_out(callback, attribute) ||
            provider_member(object, attribute->name) != NULL)
            continue;
        diagnostics_error(
            diags, attribute->name, "The plugin broke its contract",
            "%s succeeded without handing out \"%s\". This is a bug of the plugin; please report it to "
            "its authors.",
            callback->symbol, attribute->name);
        ok = false;
    }
    return ok;
}

bool provider_read(struct provider *provider, const char *type, struct json_object **state,
                   struct diagnostics *diags)
{
    const struct schema *schema = provider_resource(provider, type, diags);
    if (schema == NULL)
        return false;
    const struct schema_callback *read = schema->callbacks[CALLBACK_READ];
    if (read == NULL || *state == NULL)
        return true;
    if (!provider_can_call(provider, read)) {
        diagnostics_warning(
            diags, NULL, "Not refreshed",
            "The provider's settings are not known yet, so resources keep the state they had.");
        return true;
    }
    struct call_frame frame = {.object = *state};
    bool ok = false;
    switch (provider_call(provider, read, &frame, diags)) {
    case CALL_DONE:
        ok = check_required_outputs(schema, read, frame.outputs, diags) &&
             provider_merge(schema, *state, frame.outputs, diags);
        break;
    case CALL_GONE:
        json_object_put(*state);
        *state = NULL;
        ok = true;
        break;
    case CALL_EXISTS:
        diagnostics_error(diags, NULL, "The object could not be read", "%s failed with EEXIST.",
                          read->symbol);
        break;
    case CALL_FAILED:
    case CALL_INVALID:
        break;
    }
    call_frame_clear(&frame);
    return ok;
}

/* An answer that means something else to other callbacks, and failure to this one. */
static void refuse_outcome(const struct schema_callback *callback, const struct call_frame *frame,
                           const char *summary, struct diagnostics *diags)
{
    char text[128];
    if (callback->returns == RETURN_ERRNO)
        diagnostics_error(diags, NULL, summary, "%s: %s (errno %d).", callback->symbol,
                          strerror_r(frame->status, text, sizeof text), frame->status);
    else
        diagnostics_error(diags, NULL, summary, "%s returned status %d.", callback->symbol, frame->status);
}

/* Runs one plan-time rule. A rule whose arguments are not all known yet is left for the apply. */
static bool run_check(struct provider *provider, const struct schema_callback *check,
                      const struct json_object *prior, const char *earlier_private, struct plan *plan,
                      struct diagnostics *diags)
{
    struct call_frame frame = {
        .object = plan->planned != NULL ? plan->planned : prior,
        .prior = prior,
        .operation = operation_name(plan->operation),
        .private_in = plan->private_text != NULL ? plan->private_text : earlier_private,
    };
    if (!provider_can_call(provider, check) || !call_arguments_known(check, &frame))
        return true;
    enum call_outcome outcome = provider_call(provider, check, &frame, diags);
    if (outcome == CALL_GONE || outcome == CALL_EXISTS)
        refuse_outcome(check, &frame, "The plan was refused", diags);
    if (frame.private_out != NULL) {
        free(plan->private_text);
        plan->private_text = frame.private_out;
        frame.private_out = NULL;
    }
    call_frame_clear(&frame);
    return outcome == CALL_DONE;
}

bool provider_plan(struct provider *provider, const char *type, struct json_object *prior,
                   struct json_object *config, const char *earlier_private, struct plan *plan,
                   struct diagnostics *diags)
{
    const struct schema *schema = provider_resource(provider, type, diags);
    if (schema == NULL || !plan_resource(schema, prior, config, plan, diags))
        return false;
    bool ok = true;
    for (size_t i = 0; i < schema->check_count; i++)
        ok = run_check(provider, &schema->checks[i], prior, earlier_private, plan, diags) && ok;
    return ok;
}

/* An object that exists already: how to take it over. */
static void explain_exists(const struct schema *schema, const struct schema_callback *create,
                           const struct json_object *planned, struct diagnostics *diags)
{
    char *id = provider_import_id(schema, planned);
    if (id != NULL)
        diagnostics_error(
            diags, NULL, "The object exists already",
            "%s found that it is there. To manage it from here, import it: terraform import %s.NAME '%s'",
            create->symbol, schema->name, id);
    else
        diagnostics_error(diags, NULL, "The object exists already",
                          "%s found that it is there. Import it, or give the new one another name.",
                          create->symbol);
    free(id);
}

/* Whether a create that came to an error made the object all the same: the whole identity is known, and the
 * callback had a part in that, or said that it succeeded. */
static bool was_made(const struct schema *schema, const struct call_frame *frame,
                     const struct json_object *object)
{
    bool made = frame->succeeded;
    for (size_t i = 0; i < schema->identity_count; i++) {
        const char *name = schema->identity[i]->name;
        const struct json_object *value = provider_member(object, name);
        if (value == NULL || value_has_unknown(value))
            return false;
        made = made || provider_member(frame->outputs, name) != NULL;
    }
    return made;
}

/* Whether `read` hands out something that is not known yet. */
static bool is_incomplete(const struct schema *schema, const struct schema_callback *read,
                          const struct json_object *object)
{
    for (size_t i = 0; read != NULL && i < schema->object.count; i++) {
        const struct schema_attribute *attribute = &schema->object.attributes[i];
        if (call_hands_out(read, attribute) && value_is_unknown(provider_member(object, attribute->name)))
            return true;
    }
    return false;
}

/* Takes over what is not known yet, and nothing else: the rest was planned, or handed out by create. */
static bool fill_unknowns(const struct schema *schema, struct json_object *object,
                          struct json_object *outputs, struct diagnostics *diags)
{
    for (size_t i = 0; i < schema->object.count; i++) {
        const char *name = schema->object.attributes[i].name;
        struct json_object *value = NULL;
        if (value_is_unknown(provider_member(object, name)) &&
            json_object_object_get_ex(outputs, name, &value) && !provider_share(object, name, value, diags))
            return false;
    }
    return true;
}

/* Reads what only `read` hands out, after a create or update. The object is there: trouble is a warning. */
static bool complete_by_read(struct provider *provider, const struct schema *schema,
                             struct json_object *object, struct diagnostics *diags)
{
    const struct schema_callback *read = schema->callbacks[CALLBACK_READ];
    if (!is_incomplete(schema, read, object))
        return true;
    bool ok = true;
    struct json_object *settled = value_copy(object, &ok);
    struct diagnostics found = {0};
    struct call_frame frame = {.object = settled};
    if (!ok || !settle_unknowns(schema, settled, diags)) {
        diagnostics_no_memory(diags);
        ok = false;
    } else if (provider_call_for(provider, read, &frame, &found, diags) == CALL_DONE) {
        ok = fill_unknowns(schema, object, frame.outputs, diags);
    } else {
        diagnostics_warning(diags, NULL, "Not read back",
                            "The %s was made, but %s did not find it: %s. The next refresh tries again.",
                            schema->name, read->symbol,
                            found.count > 0 ? found.items[0].summary : "no reason was given");
    }
    call_frame_clear(&frame);
    diagnostics_clear(&found);
    json_object_put(settled);
    return ok;
}

static bool apply_create(struct provider *provider, const struct schema *schema, struct json_object *planned,
                         const char *private_text, struct json_object **state, struct diagnostics *diags)
{
    const struct schema_callback *create = schema->callbacks[CALLBACK_CREATE];
    bool copied = true;
    struct json_object *object = value_copy(planned, &copied);
    struct call_frame frame = {
        .object = object, .operation = operation_name(OPERATION_CREATE), .private_in = private_text};
    enum call_outcome outcome = CALL_DONE;
    if (!copied) {
        diagnostics_no_memory(diags);
        outcome = CALL_INVALID;
    } else if (create != NULL) {
        outcome = provider_call(provider, create, &frame, diags);
    }
    if (outcome == CALL_EXISTS)
        explain_exists(schema, create, planned, diags);
    if (outcome == CALL_GONE)
        refuse_outcome(create, &frame, "The object could not be made", diags);
    bool ok = outcome == CALL_DONE && provider_merge(schema, object, frame.outputs, diags) &&
              (create == NULL || check_required_outputs(schema, create, object, diags));
    if (ok)
        ok = complete_by_read(provider, schema, object, diags);
    else if (outcome != CALL_DONE && copied)
        provider_merge(schema, object, frame.outputs, diags);
    if (copied && (ok || was_made(schema, &frame, object)) && settle_unknowns(schema, object, diags)) {
        *state = object;
        object = NULL;
    }
    json_object_put(object);
    call_frame_clear(&frame);
    return ok;
}

static bool apply_update(struct provider *provider, const struct schema *schema, struct json_object *prior,
                         struct json_object *planned, const char *private_text, struct json_object **state,
                         struct diagnostics *diags)
{
    const struct schema_callback *update = schema->callbacks[CALLBACK_UPDATE];
    bool ok = true;
    struct json_object *object = value_copy(planned, &ok);
    struct call_frame frame = {.object = object,
                               .prior = prior,
                               .operation = operation_name(OPERATION_UPDATE),
                               .private_in = private_text};
    if (!ok)
        diagnostics_no_memory(diags);
    else if (update != NULL) {
        enum call_outcome outcome = provider_call(provider, update, &frame, diags);
        if (outcome == CALL_GONE || outcome == CALL_EXISTS)
            refuse_outcome(update, &frame, "The object could not be updated", diags);
        ok = outcome == CALL_DONE && provider_merge(schema, object, frame.outputs, diags) &&
             check_required_outputs(schema, update, object, diags) &&
             complete_by_read(provider, schema, object, diags);
    }
    ok = ok && settle_unknowns(schema, object, diags);
    *state = ok ? object : json_object_get(prior);
    if (!ok)
        json_object_put(object);
    call_frame_clear(&frame);
    return ok;
}

static bool apply_delete(struct provider *provider, const struct schema *schema, struct json_object *prior,
                         const char *private_text, struct json_object **state, struct diagnostics *diags)
{
    const struct schema_callback *destroy = schema->callbacks[CALLBACK_DELETE];
    enum call_outcome outcome = CALL_DONE;
    struct call_frame frame = {.object = prior,
                               .prior = prior,
                               .operation = operation_name(OPERATION_DESTROY),
                               .private_in = private_text};
    if (destroy != NULL)
        outcome = provider_call(provider, destroy, &frame, diags);
    if (outcome == CALL_EXISTS)
        diagnostics_error(diags, NULL, "The object could not be deleted", "%s failed with EEXIST.",
                          destroy->symbol);
    call_frame_clear(&frame);
    bool ok = outcome == CALL_DONE || outcome == CALL_GONE;
    *state = ok ? NULL : json_object_get(prior);
    return ok;
}

bool provider_apply(struct provider *provider, const char *type, struct json_object *prior,
                    struct json_object *planned, const char *private_text, struct json_object **state,
                    struct diagnostics *diags)
{
    *state = NULL;
    const struct schema *schema = provider_resource(provider, type, diags);
    if (schema == NULL) {
        *state = json_object_get(prior);
        return false;
    }
    if (planned == NULL)
        return prior == NULL || apply_delete(provider, schema, prior, private_text, state, diags);
    if (prior == NULL)
        return apply_create(provider, schema, planned, private_text, state, diags);
    return apply_update(provider, schema, prior, planned, private_text, state, diags);
}
