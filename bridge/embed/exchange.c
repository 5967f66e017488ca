/* SPDX-License-Identifier: Apache-2.0
 *
 * exchange.c - see exchange.h: each operation is a few lines over provider.h.
 */
#include "exchange.h"

#include "value.h"

#include <stdlib.h>
#include <string.h>

/* One request and the answer that it becomes. */
struct exchange {
    struct provider *provider;
    struct json_object *request, *answer;
    struct diagnostics *diags;
    bool accepted; /* what was asked for is well formed: an error from now on is not the caller's */
};

/* --- JSON --- */

static bool add(struct json_object *object, const char *name, struct json_object *value)
{
    if (object != NULL && json_object_object_add(object, name, value) == 0)
        return true;
    json_object_put(value);
    return false;
}

/* Likewise of a value that was made for it, where NULL is no memory, and no null. */
static bool add_made(struct json_object *object, const char *name, struct json_object *value)
{
    return value != NULL && add(object, name, value);
}

static bool is_marker(const struct json_object *value)
{
    struct json_object *marker = NULL;
    return json_object_is_type(value, json_type_object) && json_object_object_length(value) == 1 &&
           json_object_object_get_ex(value, "$unknown", &marker) && json_object_get_boolean(marker);
}

/* Puts markers of the bridge in the place of markers in JSON, or (out) the other way round, at any depth.
 * Takes the value over. */
static struct json_object *translate(struct json_object *value, bool out, bool *ok)
{
    if (out ? value_is_unknown(value) : is_marker(value)) {
        struct json_object *marker = out ? json_object_new_object() : value_unknown();
        if (out && !add_made(marker, "$unknown", json_object_new_boolean(true)))
            *ok = false;
        *ok = *ok && marker != NULL;
        json_object_put(value);
        return marker;
    }
    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            struct json_object *item = json_object_array_get_idx(value, i);
            struct json_object *translated = translate(json_object_get(item), out, ok);
            if (translated == item)
                json_object_put(translated);
            else if (json_object_array_put_idx(value, i, translated) != 0) {
                json_object_put(translated);
                *ok = false;
            }
        }
    } else if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member)
        {
            struct json_object *translated = translate(json_object_get(member), out, ok);
            if (translated == member)
                json_object_put(translated);
            else
                *ok = add(value, name, translated) && *ok;
        }
    }
    return value;
}

static const char *text_of(const struct exchange *exchange, const char *name)
{
    struct json_object *value = NULL;
    json_object_object_get_ex(exchange->request, name, &value);
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

/* A text that the operation needs; "" after an error. */
static const char *required_text(struct exchange *exchange, const char *name)
{
    const char *text = text_of(exchange, name);
    if (text == NULL)
        diagnostics_error(exchange->diags, NULL, "Incomplete request", "\"%s\" must be a text.", name);
    return text != NULL ? text : "";
}

/* An object of the request, borrowed; NULL where it is null or absent. */
static struct json_object *object_of(struct exchange *exchange, const char *name)
{
    struct json_object *value = NULL;
    json_object_object_get_ex(exchange->request, name, &value);
    if (value == NULL || json_object_is_type(value, json_type_object))
        return value;
    diagnostics_error(exchange->diags, NULL, "Invalid request", "\"%s\" must be an object or null.", name);
    return NULL;
}

static struct json_object *required_object(struct exchange *exchange, const char *name)
{
    struct json_object *value = object_of(exchange, name);
    if (value == NULL && !exchange->diags->has_error)
        diagnostics_error(exchange->diags, NULL, "Incomplete request", "\"%s\" must be an object.", name);
    return value;
}

/* Adds a result to the answer and takes it over. */
static void answer_value(struct exchange *exchange, const char *name, struct json_object *value)
{
    bool ok = true;
    value = translate(value, true, &ok);
    if (!add(exchange->answer, name, value) || !ok)
        diagnostics_no_memory(exchange->diags);
}

/* Likewise a value that was made for it, where NULL is no memory. */
static void answer_made(struct exchange *exchange, const char *name, struct json_object *value)
{
    if (value != NULL)
        answer_value(exchange, name, value);
    else
        diagnostics_no_memory(exchange->diags);
}

static void answer_text(struct exchange *exchange, const char *name, const char *text)
{
    if (text != NULL)
        answer_made(exchange, name, json_object_new_string(text));
    else
        answer_value(exchange, name, NULL);
}

/* The names of the attributes that force a replacement, NULL without memory. */
static struct json_object *replace_names(const struct plan *plan)
{
    struct json_object *names = json_object_new_array();
    for (size_t i = 0; names != NULL && i < plan->replace_count; i++) {
        struct json_object *name = json_object_new_string(plan->replace[i]->name);
        if (name == NULL || json_object_array_add(names, name) != 0) {
            json_object_put(name);
            json_object_put(names);
            names = NULL;
        }
    }
    return names;
}

/* Checks a configuration against its schema; NULL passes. */
static bool accept(struct exchange *exchange, enum schema_kind kind, const char *type,
                   struct json_object *config)
{
    exchange->accepted =
        config == NULL || provider_validate(exchange->provider, kind, type, config, exchange->diags);
    return exchange->accepted;
}

/* A state that need not name every attribute as one that does, new. NULL after an error. */
static struct json_object *whole_state(struct exchange *exchange, const char *type, struct json_object *state)
{
    const struct schema *schema = schema_find(provider_schemas(exchange->provider), SCHEMA_RESOURCE, type);
    struct json_object *whole = NULL;
    if (schema == NULL)
        diagnostics_error(exchange->diags, NULL, "Unknown resource type",
                          "This provider has no resource type \"%s\".", type);
    else if (provider_upgrade(exchange->provider, type, schema->version, state, &whole, exchange->diags))
        exchange->accepted = true;
    return whole;
}

/* --- the operations --- */

static void run_configure(struct exchange *exchange)
{
    struct json_object *config = required_object(exchange, "config");
    if (config == NULL)
        return;
    provider_configure(exchange->provider, config, exchange->diags);
    value_wipe(config);
}

static void run_validate(struct exchange *exchange)
{
    static const struct {
        const char *name;
        enum schema_kind kind;
    } kinds[] = {{"provider", SCHEMA_PROVIDER},
                 {"resource", SCHEMA_RESOURCE},
                 {"data-source", SCHEMA_DATA_SOURCE},
                 {"function", SCHEMA_FUNCTION}};
    const char *kind = required_text(exchange, "kind"), *name = text_of(exchange, "name");
    struct json_object *config = required_object(exchange, "config");
    for (size_t i = 0; config != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kind, kinds[i].name) == 0) {
            provider_validate(exchange->provider, kinds[i].kind, name != NULL ? name : "provider", config,
                              exchange->diags);
            return;
        }
    if (!exchange->diags->has_error)
        diagnostics_error(exchange->diags, NULL, "Invalid request",
                          "\"kind\" must be provider, resource, data-source or function.");
}

/* Plans and applies in one. `prior` NULL: create; `config` NULL: delete. */
static void change(struct exchange *exchange, struct json_object *prior, struct json_object *config)
{
    const char *type = required_text(exchange, "type");
    struct plan plan = {0};
    struct json_object *state = NULL;
    bool copied = true;
    if (exchange->diags->has_error)
        return;
    if (!accept(exchange, SCHEMA_RESOURCE, type, config) ||
        !provider_plan(exchange->provider, type, prior, config, NULL, &plan, exchange->diags)) {
        state = value_copy(prior, &copied);
    } else if (plan.operation == OPERATION_REPLACE) {
        exchange->accepted = false;
        diagnostics_error(exchange->diags, plan.replace[0]->name, "Would need a new object",
                          "A change to \"%s\" replaces the object: delete it, and create another.",
                          plan.replace[0]->name);
        answer_made(exchange, "replace", json_object_new_boolean(true));
        state = value_copy(prior, &copied);
    } else {
        provider_apply(exchange->provider, type, prior, plan.planned, plan.private_text, &state,
                       exchange->diags);
    }
    if (!copied)
        diagnostics_no_memory(exchange->diags);
    answer_value(exchange, "state", state);
    plan_clear(&plan);
}

static void run_create(struct exchange *exchange)
{
    struct json_object *config = required_object(exchange, "config");
    if (config != NULL)
        change(exchange, NULL, config);
}

/* Update with `config`, or delete where it is NULL. */
static void change_existing(struct exchange *exchange, struct json_object *config)
{
    struct json_object *state = required_object(exchange, "state");
    const char *type = required_text(exchange, "type");
    if (exchange->diags->has_error)
        return;
    struct json_object *prior = whole_state(exchange, type, state);
    if (prior != NULL)
        change(exchange, prior, config);
    json_object_put(prior);
}

static void run_update(struct exchange *exchange)
{
    struct json_object *config = required_object(exchange, "config");
    if (config != NULL)
        change_existing(exchange, config);
}

static void run_delete(struct exchange *exchange)
{
    change_existing(exchange, NULL);
}

/* Reads `state`, which it takes over, into the answer. */
static bool read_into_answer(struct exchange *exchange, const char *type, struct json_object *state)
{
    bool ok = provider_read(exchange->provider, type, &state, exchange->diags);
    bool found = state != NULL;
    answer_value(exchange, "state", state);
    return ok && found;
}

static void run_read(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type");
    struct json_object *state = required_object(exchange, "state");
    if (exchange->diags->has_error)
        return;
    struct json_object *whole = whole_state(exchange, type, state);
    if (whole != NULL)
        read_into_answer(exchange, type, whole);
}

static void run_import(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type"), *id = text_of(exchange, "id");
    struct json_object *identity = object_of(exchange, "identity"), *state = NULL;
    if (exchange->diags->has_error)
        return;
    bool ok = false;
    if (id != NULL)
        ok = provider_import(exchange->provider, type, id, &state, exchange->diags);
    else if (identity != NULL)
        ok = provider_import_identity(exchange->provider, type, identity, &state, exchange->diags);
    else
        diagnostics_error(exchange->diags, NULL, "Incomplete request",
                          "\"id\" or \"identity\" must be given.");
    exchange->accepted = ok;
    if (ok && !read_into_answer(exchange, type, state) && !exchange->diags->has_error) {
        exchange->diags->status = STATUS_GONE;
        diagnostics_error(exchange->diags, NULL, "Nothing to import", "There is no such %s.", type);
    }
}

static void run_list(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type");
    struct json_object *states = NULL;
    exchange->accepted = !exchange->diags->has_error;
    if (exchange->accepted && provider_list(exchange->provider, type, &states, exchange->diags))
        answer_value(exchange, "states", states);
}

static void run_plan(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type"), *private_text = text_of(exchange, "private");
    struct json_object *prior = object_of(exchange, "prior"), *config = object_of(exchange, "config");
    struct plan plan = {0};
    if (exchange->diags->has_error || !accept(exchange, SCHEMA_RESOURCE, type, config))
        return;
    if (provider_plan(exchange->provider, type, prior, config, private_text, &plan, exchange->diags)) {
        answer_text(exchange, "action", operation_name(plan.operation));
        answer_value(exchange, "planned", plan.planned);
        plan.planned = NULL;
        answer_text(exchange, "private", plan.private_text);
        answer_made(exchange, "replace", replace_names(&plan));
    }
    plan_clear(&plan);
}

static void run_apply(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type"), *private_text = text_of(exchange, "private");
    struct json_object *prior = object_of(exchange, "prior"), *planned = object_of(exchange, "planned");
    struct json_object *state = NULL;
    if (exchange->diags->has_error)
        return;
    exchange->accepted = true;
    provider_apply(exchange->provider, type, prior, planned, private_text, &state, exchange->diags);
    answer_value(exchange, "state", state);
}

static void run_read_data(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type");
    struct json_object *config = required_object(exchange, "config"), *state = NULL;
    if (exchange->diags->has_error || !accept(exchange, SCHEMA_DATA_SOURCE, type, config))
        return;
    if (provider_read_data(exchange->provider, type, config, &state, exchange->diags))
        answer_value(exchange, "state", state);
}

static void run_call(struct exchange *exchange)
{
    const char *name = required_text(exchange, "name");
    struct json_object *arguments = NULL, *result = NULL;
    json_object_object_get_ex(exchange->request, "arguments", &arguments);
    if (!json_object_is_type(arguments, json_type_array))
        diagnostics_error(exchange->diags, NULL, "Incomplete request", "\"arguments\" must be an array.");
    if (exchange->diags->has_error)
        return;
    size_t count = json_object_array_length(arguments);
    struct json_object **values = calloc(count + 1, sizeof *values);
    if (values == NULL) {
        diagnostics_no_memory(exchange->diags);
        return;
    }
    for (size_t i = 0; i < count; i++)
        values[i] = json_object_array_get_idx(arguments, i);
    if (provider_call_function(exchange->provider, name, values, count, &result, exchange->diags))
        answer_value(exchange, "result", result);
    free(values);
}

static void run_identity(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type");
    struct json_object *state = required_object(exchange, "state");
    if (!exchange->diags->has_error)
        answer_value(exchange, "identity", provider_identity(exchange->provider, type, state));
}

static void run_upgrade(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type");
    struct json_object *saved = required_object(exchange, "state"), *version = NULL, *state = NULL;
    json_object_object_get_ex(exchange->request, "version", &version);
    if (!exchange->diags->has_error &&
        provider_upgrade(exchange->provider, type, json_object_get_int64(version), saved, &state,
                         exchange->diags))
        answer_value(exchange, "state", state);
}

static void run_move(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type");
    const char *source_provider = required_text(exchange, "source_provider");
    const char *source_type = required_text(exchange, "source_type");
    struct json_object *source = required_object(exchange, "state"), *state = NULL;
    if (!exchange->diags->has_error && provider_move(exchange->provider, source_provider, source_type, source,
                                                     type, &state, exchange->diags))
        answer_value(exchange, "state", state);
}

static void run(struct exchange *exchange)
{
    static const struct {
        const char *name;
        void (*run)(struct exchange *exchange);
    } operations[] = {
        {"configure", run_configure}, {"validate", run_validate},   {"create", run_create},
        {"read", run_read},           {"update", run_update},       {"delete", run_delete},
        {"import", run_import},       {"list", run_list},           {"plan", run_plan},
        {"apply", run_apply},         {"read_data", run_read_data}, {"call", run_call},
        {"identity", run_identity},   {"upgrade", run_upgrade},     {"move", run_move},
    };
    const char *operation = required_text(exchange, "operation");
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        if (strcmp(operation, operations[i].name) == 0) {
            operations[i].run(exchange);
            return;
        }
    diagnostics_error(exchange->diags, NULL, "Unknown operation", "There is no operation \"%s\".", operation);
}

/* --- answers --- */

static bool add_text(struct json_object *object, const char *name, const char *text)
{
    struct json_object *value = text != NULL ? json_object_new_string(text) : NULL;
    return add(object, name, value) && (text == NULL || value != NULL);
}

static struct json_object *diagnostics_to_json(const struct diagnostics *diags)
{
    struct json_object *array = json_object_new_array_ext((int)diags->count);
    for (size_t i = 0; array != NULL && i < diags->count; i++) {
        const struct diagnostic *from = &diags->items[i];
        struct json_object *item = json_object_new_object();
        bool ok = add_text(item, "severity", from->severity == SEVERITY_ERROR ? "error" : "warning") &&
                  add_text(item, "summary", from->summary) && add_text(item, "detail", from->detail) &&
                  add_text(item, "attribute", from->attribute);
        if (!ok || json_object_array_add(array, item) != 0)
            json_object_put(item);
    }
    return array;
}

/* Ends an answer with what the diagnostics say, and makes it text. Takes it over, and clears them. */
static char *finish_answer(struct json_object *answer, bool accepted, struct diagnostics *diags)
{
    bool invalid = diags->has_error && diags->status == 0 && !accepted;
    bool ok = add_made(answer, "ok", json_object_new_boolean(!diags->has_error)) &&
              add_made(answer, "status", json_object_new_int(diags->status)) &&
              add_made(answer, "invalid", json_object_new_boolean(invalid)) &&
              add_made(answer, "diagnostics", diagnostics_to_json(diags));
    char *text = ok ? value_to_text(answer) : NULL;
    json_object_put(answer);
    diagnostics_clear(diags);
    return text;
}

char *exchange_answer(struct diagnostics *diags)
{
    return finish_answer(json_object_new_object(), true, diags);
}

char *exchange_run(struct provider *provider, const char *request, struct diagnostics *diags)
{
    struct exchange exchange = {.provider = provider, .answer = json_object_new_object(), .diags = diags};
    char *problem = NULL;
    bool ok = true;
    if (!value_from_text(request, strlen(request), &exchange.request, &problem))
        diagnostics_error(diags, NULL, "Invalid request", "%s", problem != NULL ? problem : "no memory");
    else if (!json_object_is_type(exchange.request, json_type_object))
        diagnostics_error(diags, NULL, "Invalid request", "A request is a JSON object.");
    exchange.request = translate(exchange.request, false, &ok);
    if (!ok)
        diagnostics_no_memory(diags);
    if (!diags->has_error)
        run(&exchange);
    free(problem);
    json_object_put(exchange.request);
    return finish_answer(exchange.answer, exchange.accepted, diags);
}
