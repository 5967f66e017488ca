/* SPDX-License-Identifier: Apache-2.0
 *
 * life.c - drives a plugin once through the life of one resource, as a host would, and says which promise a
 * callback broke. Uses provider.h alone, so that what is found here is what any host would meet.
 */
#include "check.h"

#include "provider.h"

#include <stdlib.h>
#include <string.h>

/* One resource on its way. */
struct subject {
    struct provider *provider;
    const struct schema *schema;
    struct json_object *config;
    struct json_object *state; /* what a host would have saved; NULL: nothing exists */
    bool spoiled;              /* something is wrong already, which later differences come from */
};

struct json_object *check_member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (json_object_is_type(object, json_type_object))
        json_object_object_get_ex(object, name, &value);
    return value;
}

/* --- one step --- */

void check_begin(const char *name, const char *step, struct diagnostics *diags)
{
    check_step("%s: %s", name, step);
    printf("%s: %s ... ", name, step);
    fflush(stdout);
    check_watch_begin(diags);
}

/* Prints how it went; true when there was no error. */
bool check_end(struct diagnostics *diags)
{
    if (check_watch_end())
        diagnostics_error(diags, NULL, "The plugin did not come back by itself",
                          "It returned only when it was cancelled. --timeout allows more time.");
    printf("%s\n", diags->has_error ? "FAILED" : "ok");
    return !check_print(stdout, "  ", diags);
}

static void broken(struct diagnostics *diags, const char *attribute, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void broken(struct diagnostics *diags, const char *attribute, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    if (text == NULL)
        diagnostics_no_memory(diags);
    else
        diagnostics_add(diags, SEVERITY_ERROR, attribute, "The plugin broke its contract", text);
    free(text);
}

/* --- what must hold of a state --- */

/* Every value is one that the schema allows. */
static void verify_values(const struct subject *subject, const char *callback, struct diagnostics *diags)
{
    for (size_t i = 0; i < subject->schema->object.count; i++) {
        const struct schema_attribute *attribute = &subject->schema->object.attributes[i];
        struct json_object *value = check_member(subject->state, attribute->name);
        struct diagnostics found = {0};
        if (value != NULL && !schema_validate_value(attribute, value, attribute->name, &found))
            broken(diags, attribute->name,
                   "After %s, \"%s\" is none of the values that its schema allows: %s", callback,
                   attribute->name, found.count > 0 ? found.items[0].detail : "");
        diagnostics_clear(&found);
    }
}

static void verify_plan_kept(const struct subject *subject, const char *callback, struct json_object *planned,
                             struct diagnostics *diags)
{
    for (size_t i = 0; i < subject->schema->object.count; i++) {
        const struct schema_attribute *attribute = &subject->schema->object.attributes[i];
        struct json_object *value = check_member(planned, attribute->name);
        if (!value_has_unknown(value) &&
            !value_equal(value, check_member(subject->state, attribute->name), &attribute->type))
            broken(diags, attribute->name, "After %s, \"%s\" is not what was planned.", callback,
                   attribute->name);
    }
}

static void verify_identity(const struct subject *subject, const char *callback, struct json_object *before,
                            struct diagnostics *diags)
{
    for (size_t i = 0; i < subject->schema->identity_count; i++) {
        const struct schema_attribute *attribute = subject->schema->identity[i];
        struct json_object *value = check_member(subject->state, attribute->name);
        if (value == NULL)
            broken(diags, attribute->name,
                   "After %s, \"%s\" is null, and the identity needs it: hand it out from create.", callback,
                   attribute->name);
        else if (before != NULL &&
                 !value_equal(value, check_member(before, attribute->name), &attribute->type))
            broken(diags, attribute->name,
                   "After %s, \"%s\" has changed, and an identity stays the same for life.", callback,
                   attribute->name);
    }
}

static void verify_same(const struct subject *subject, const char *what, struct json_object *expected,
                        struct diagnostics *diags)
{
    for (size_t i = 0; i < subject->schema->object.count; i++) {
        const struct schema_attribute *attribute = &subject->schema->object.attributes[i];
        if (!value_equal(check_member(expected, attribute->name),
                         check_member(subject->state, attribute->name), &attribute->type))
            broken(diags, attribute->name,
                   "%s hands out another \"%s\" than before, though nobody changed it.", what,
                   attribute->name);
    }
}

/* --- the steps --- */

/* Replaces the state, and takes the new one over. */
static void set_state(struct subject *subject, struct json_object *state)
{
    json_object_put(subject->state);
    subject->state = state;
}

static struct json_object *copy_state(const struct subject *subject, struct diagnostics *diags)
{
    bool ok = true;
    struct json_object *copy = value_copy(subject->state, &ok);
    if (!ok)
        diagnostics_no_memory(diags);
    return copy;
}

/* Plans, and expects this operation. */
static bool plan_for(const struct subject *subject, enum operation expected, struct plan *plan,
                     struct diagnostics *diags)
{
    const struct schema *schema = subject->schema;
    if (!provider_plan(subject->provider, schema->name, subject->state, subject->config, NULL, plan, diags))
        return false;
    if (plan->operation == expected)
        return true;
    if (expected == OPERATION_NONE) {
        for (size_t i = 0; i < schema->object.count; i++) {
            const struct schema_attribute *attribute = &schema->object.attributes[i];
            struct json_object *planned = check_member(plan->planned, attribute->name);
            if (!attribute->read_only &&
                !value_equal(planned, check_member(subject->state, attribute->name), &attribute->type))
                broken(diags, attribute->name,
                       "The same configuration is planned as %s: \"%s\" did not come back as it was given.",
                       operation_name(plan->operation), attribute->name);
        }
    } else {
        diagnostics_error(
            diags, NULL, "The sample does not fit",
            "Its change is planned as %s%s%s, not as %s. Give \"update\" attributes that change "
            "in place.",
            operation_name(plan->operation), plan->replace_count > 0 ? " because of " : "",
            plan->replace_count > 0 ? plan->replace[0]->name : "", operation_name(expected));
    }
    return false;
}

static void apply(struct subject *subject, const struct plan *plan, const char *callback,
                  struct diagnostics *diags)
{
    struct json_object *before = copy_state(subject, diags), *after = NULL;
    bool ok = provider_apply(subject->provider, subject->schema->name, before, plan->planned,
                             plan->private_text, &after, diags);
    set_state(subject, after);
    if (!ok && !diags->has_error)
        broken(diags, NULL, "%s failed, and no reason was given.", callback);
    if (ok) {
        verify_plan_kept(subject, callback, plan->planned, diags);
        verify_values(subject, callback, diags);
        verify_identity(subject, callback, before, diags);
    }
    json_object_put(before);
}

static bool run_create(struct subject *subject)
{
    struct diagnostics diags = {0};
    struct plan plan = {0};
    check_begin(subject->schema->name, "create", &diags);
    if (provider_validate(subject->provider, SCHEMA_RESOURCE, subject->schema->name, subject->config,
                          &diags) &&
        plan_for(subject, OPERATION_CREATE, &plan, &diags))
        apply(subject, &plan, "create", &diags);
    plan_clear(&plan);
    return check_end(&diags);
}

/* Reads, and expects what is known already. */
static bool run_read(struct subject *subject, const char *step)
{
    struct diagnostics diags = {0};
    struct json_object *before = copy_state(subject, &diags);
    check_begin(subject->schema->name, step, &diags);
    if (provider_read(subject->provider, subject->schema->name, &subject->state, &diags)) {
        if (subject->state == NULL) {
            broken(&diags, NULL, "read does not find the object that was just made.");
            /* Whether it is there or not, delete will see. */
            set_state(subject, json_object_get(before));
        } else {
            verify_values(subject, "read", &diags);
            verify_same(subject, "read", before, &diags);
        }
    }
    json_object_put(before);
    return check_end(&diags);
}

static bool run_plan_clean(struct subject *subject, const char *step)
{
    struct diagnostics diags = {0};
    struct plan plan = {0};
    check_begin(subject->schema->name, step, &diags);
    plan_for(subject, OPERATION_NONE, &plan, &diags);
    plan_clear(&plan);
    return check_end(&diags);
}

static bool run_update(struct subject *subject, struct json_object *changes)
{
    struct diagnostics diags = {0};
    struct plan plan = {0};
    bool ok = true;
    struct json_object *before = subject->config;
    check_begin(subject->schema->name, "update", &diags);
    subject->config = value_copy(before, &ok);
    json_object_object_foreach(changes, name, value) ok =
        ok && json_object_object_add(subject->config, name, json_object_get(value)) == 0;
    if (!ok)
        diagnostics_no_memory(&diags);
    else if (provider_validate(subject->provider, SCHEMA_RESOURCE, subject->schema->name, subject->config,
                               &diags) &&
             plan_for(subject, OPERATION_UPDATE, &plan, &diags))
        apply(subject, &plan, "update", &diags);
    plan_clear(&plan);
    ok = check_end(&diags);
    /* What follows is to compare with what is there. */
    json_object_put(ok ? before : subject->config);
    if (!ok)
        subject->config = before;
    return ok;
}

/* Imports by `id`, or by identity where that is NULL, and reads: what comes must be the object that is known.
 */
static bool run_import(struct subject *subject, const char *step, const char *id,
                       struct json_object *identity)
{
    const char *type = subject->schema->name;
    struct diagnostics diags = {0};
    struct json_object *imported = NULL, *known = subject->state;
    check_begin(type, step, &diags);
    bool ok = id != NULL ? provider_import(subject->provider, type, id, &imported, &diags)
                         : provider_import_identity(subject->provider, type, identity, &imported, &diags);
    if (ok && provider_read(subject->provider, type, &imported, &diags)) {
        if (imported == NULL) {
            broken(&diags, NULL, "read does not find the object by what the import tells of it.");
        } else {
            struct plan plan = {0};
            subject->state = imported;
            verify_identity(subject, "import", known, &diags);
            if (!diags.has_error &&
                provider_plan(subject->provider, type, imported, subject->config, NULL, &plan, &diags) &&
                plan.operation == OPERATION_REPLACE)
                broken(&diags, plan.replace[0]->name,
                       "After an import, the configuration of the very same object would replace it: read "
                       "does not hand out \"%s\".",
                       plan.replace[0]->name);
            else if (plan.operation == OPERATION_UPDATE && !subject->spoiled)
                diagnostics_warning(
                    &diags, NULL, "Import is not complete",
                    "The first apply after an import has something to change, since read does "
                    "not hand out every attribute.");
            plan_clear(&plan);
            subject->state = known;
        }
    }
    json_object_put(imported);
    return check_end(&diags);
}

static bool run_imports(struct subject *subject)
{
    const struct schema *schema = subject->schema;
    bool ok = true;
    char *id = provider_import_id(schema, subject->state);
    struct json_object *identity = provider_identity(subject->provider, schema->name, subject->state);
    if (id != NULL)
        ok = run_import(subject, "import", id, NULL);
    if (schema->import_count > 0 && identity != NULL)
        ok = run_import(subject, "import by identity", NULL, identity) && ok;
    json_object_put(identity);
    free(id);
    return ok;
}

/* The list must hold the object. */
static bool run_list(struct subject *subject)
{
    const struct schema *schema = subject->schema;
    struct diagnostics diags = {0};
    struct json_object *states = NULL;
    if (schema->callbacks[CALLBACK_LIST] == NULL)
        return true;
    check_begin(schema->name, "list", &diags);
    if (provider_list(subject->provider, schema->name, &states, &diags)) {
        bool found = schema->identity_count == 0;
        for (size_t i = 0; !found && i < json_object_array_length(states); i++) {
            struct json_object *item = json_object_array_get_idx(states, i);
            found = true;
            for (size_t j = 0; j < schema->identity_count; j++) {
                const struct schema_attribute *attribute = schema->identity[j];
                found = found && value_equal(check_member(item, attribute->name),
                                             check_member(subject->state, attribute->name), &attribute->type);
            }
        }
        if (!found)
            broken(&diags, NULL, "The object is not in the list, going by its identity.");
    }
    json_object_put(states);
    return check_end(&diags);
}

static bool run_delete(struct subject *subject, const char *step)
{
    struct diagnostics diags = {0};
    struct plan plan = {0};
    struct json_object *left = NULL;
    check_begin(subject->schema->name, step, &diags);
    if (provider_plan(subject->provider, subject->schema->name, subject->state, NULL, NULL, &plan, &diags) &&
        !provider_apply(subject->provider, subject->schema->name, subject->state, NULL, plan.private_text,
                        &left, &diags) &&
        !diags.has_error)
        broken(&diags, NULL, "delete failed, and no reason was given.");
    json_object_put(left);
    plan_clear(&plan);
    return check_end(&diags);
}

static bool run_read_gone(struct subject *subject)
{
    struct diagnostics diags = {0};
    if (subject->schema->callbacks[CALLBACK_READ] == NULL)
        return true;
    check_begin(subject->schema->name, "read after delete", &diags);
    struct json_object *state = copy_state(subject, &diags);
    if (!diags.has_error && provider_read(subject->provider, subject->schema->name, &state, &diags) &&
        state != NULL)
        broken(&diags, NULL, "read still finds the object that was deleted. What is gone is status 1.");
    json_object_put(state);
    return check_end(&diags);
}

/* The whole life. What one step found does not keep the next from being tried, while there is an object. */
static bool live(struct subject *subject, struct json_object *changes)
{
    bool ok = run_create(subject);
    if (subject->state == NULL)
        return false;
    ok = run_read(subject, "read") && ok;
    ok = run_plan_clean(subject, "plan after create") && ok;
    if (changes != NULL) {
        ok = run_update(subject, changes) && ok;
        if (subject->state == NULL)
            return false;
        ok = run_read(subject, "read after update") && ok;
        ok = run_plan_clean(subject, "plan after update") && ok;
    }
    subject->spoiled = !ok;
    ok = run_imports(subject) && ok;
    ok = run_list(subject) && ok;
    ok = run_delete(subject, "delete") && ok;
    ok = run_read_gone(subject) && ok;
    return run_delete(subject, "delete of what is gone") && ok;
}

bool check_life(struct provider *provider, const struct schema *schema, struct json_object *config,
                struct json_object *changes)
{
    struct subject subject = {.provider = provider, .schema = schema, .config = json_object_get(config)};
    bool ok = live(&subject, changes);
    json_object_put(subject.config);
    json_object_put(subject.state);
    return ok;
}
