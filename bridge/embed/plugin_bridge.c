/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin_bridge.c - see plugin_bridge.h: requests as JSON text, each translated into a call of provider.h and
 * back. Nothing is decided here.
 */
#include "plugin_bridge.h"

#include "provider.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

/* A call under way, which plugin_bridge_cancel() finds by its id. */
struct running {
    uint64_t id;
    const struct diagnostics *diags;
    struct running *next;
};

struct plugin_bridge {
    struct provider *provider;
    struct provider_log log; /* first member of what the provider hands to plugins: see write_log() */
    plugin_bridge_log sink;
    void *sink_context;
    pthread_mutex_t lock;
    struct running *running;
};

/* One request and the answer that it becomes. */
struct exchange {
    struct provider *provider;
    struct json_object *request, *answer;
    struct diagnostics diags;
};

/* --- JSON --- */

static bool add(struct json_object *object, const char *name, struct json_object *value)
{
    if (object != NULL && json_object_object_add(object, name, value) == 0)
        return true;
    json_object_put(value);
    return false;
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
        if (out && !add(marker, "$unknown", json_object_new_boolean(true)))
            *ok = false;
        *ok = *ok && marker != NULL;
        json_object_put(value);
        return marker;
    }
    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            struct json_object *item = json_object_get(json_object_array_get_idx(value, i));
            *ok = json_object_array_put_idx(value, i, translate(item, out, ok)) == 0 && *ok;
        }
    } else if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member) *ok =
            add(value, name, translate(json_object_get(member), out, ok)) && *ok;
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
        diagnostics_error(&exchange->diags, NULL, "Incomplete request", "\"%s\" must be a text.", name);
    return text != NULL ? text : "";
}

/* An object of the request, borrowed; NULL where it is null or absent. */
static struct json_object *object_of(struct exchange *exchange, const char *name)
{
    struct json_object *value = NULL;
    json_object_object_get_ex(exchange->request, name, &value);
    if (value == NULL || json_object_is_type(value, json_type_object))
        return value;
    diagnostics_error(&exchange->diags, NULL, "Invalid request", "\"%s\" must be an object or null.", name);
    return NULL;
}

static struct json_object *required_object(struct exchange *exchange, const char *name)
{
    struct json_object *value = object_of(exchange, name);
    if (value == NULL && !exchange->diags.has_error)
        diagnostics_error(&exchange->diags, NULL, "Incomplete request", "\"%s\" must be an object.", name);
    return value;
}

/* Adds a result to the answer and takes it over. */
static void answer_value(struct exchange *exchange, const char *name, struct json_object *value)
{
    bool ok = true;
    value = translate(value, true, &ok);
    if (!add(exchange->answer, name, value) || !ok)
        diagnostics_no_memory(&exchange->diags);
}

static void answer_text(struct exchange *exchange, const char *name, const char *text)
{
    answer_value(exchange, name, text != NULL ? json_object_new_string(text) : NULL);
}

/* --- the operations --- */

static void run_configure(struct exchange *exchange)
{
    struct json_object *config = required_object(exchange, "config");
    if (config != NULL)
        provider_configure(exchange->provider, config, &exchange->diags);
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
                              &exchange->diags);
            return;
        }
    if (!exchange->diags.has_error)
        diagnostics_error(&exchange->diags, NULL, "Invalid request",
                          "\"kind\" must be provider, resource, data-source or function.");
}

/* Plans and applies in one. `prior` NULL: create; `config` NULL: delete. */
static void change(struct exchange *exchange, struct json_object *prior, struct json_object *config)
{
    const char *type = required_text(exchange, "type");
    struct plan plan = {0};
    struct json_object *state = NULL;
    bool copied = true;
    if (exchange->diags.has_error)
        return;
    bool valid = config == NULL ||
                 provider_validate(exchange->provider, SCHEMA_RESOURCE, type, config, &exchange->diags);
    if (!valid || !provider_plan(exchange->provider, type, prior, config, NULL, &plan, &exchange->diags)) {
        state = value_copy(prior, &copied);
    } else if (plan.operation == OPERATION_REPLACE) {
        diagnostics_error(&exchange->diags, plan.replace[0]->name, "Would need a new object",
                          "A change to \"%s\" replaces the object: delete it, and create another.",
                          plan.replace[0]->name);
        answer_value(exchange, "replace", json_object_new_boolean(true));
        state = value_copy(prior, &copied);
    } else {
        provider_apply(exchange->provider, type, prior, plan.planned, plan.private_text, &state,
                       &exchange->diags);
    }
    if (!copied)
        diagnostics_no_memory(&exchange->diags);
    answer_value(exchange, "state", state);
    plan_clear(&plan);
}

static void run_create(struct exchange *exchange)
{
    struct json_object *config = required_object(exchange, "config");
    if (config != NULL)
        change(exchange, NULL, config);
}

static void run_update(struct exchange *exchange)
{
    struct json_object *state = required_object(exchange, "state"),
                       *config = required_object(exchange, "config");
    if (state != NULL && config != NULL)
        change(exchange, state, config);
}

static void run_delete(struct exchange *exchange)
{
    struct json_object *state = required_object(exchange, "state");
    if (state != NULL)
        change(exchange, state, NULL);
}

/* Reads `state`, which it takes over, into the answer. */
static bool read_into_answer(struct exchange *exchange, const char *type, struct json_object *state)
{
    bool ok = provider_read(exchange->provider, type, &state, &exchange->diags);
    bool found = state != NULL;
    answer_value(exchange, "state", state);
    return ok && found;
}

static void run_read(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type");
    struct json_object *state = required_object(exchange, "state");
    struct json_object *whole = NULL;
    if (exchange->diags.has_error)
        return;
    const struct schema *schema = schema_find(provider_schemas(exchange->provider), SCHEMA_RESOURCE, type);
    /* What the caller gives need not name every attribute. */
    if (schema == NULL ||
        provider_upgrade(exchange->provider, type, schema->version, state, &whole, &exchange->diags))
        read_into_answer(exchange, type, schema == NULL ? json_object_get(state) : whole);
}

static void run_import(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type"), *id = text_of(exchange, "id");
    struct json_object *identity = object_of(exchange, "identity"), *state = NULL;
    if (exchange->diags.has_error)
        return;
    bool ok = false;
    if (id != NULL)
        ok = provider_import(exchange->provider, type, id, &state, &exchange->diags);
    else if (identity != NULL)
        ok = provider_import_identity(exchange->provider, type, identity, &state, &exchange->diags);
    else
        diagnostics_error(&exchange->diags, NULL, "Incomplete request",
                          "\"id\" or \"identity\" must be given.");
    if (ok && !read_into_answer(exchange, type, state) && !exchange->diags.has_error) {
        exchange->diags.status = 1;
        diagnostics_error(&exchange->diags, NULL, "Nothing to import", "There is no such %s.", type);
    }
}

static void run_list(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type");
    struct json_object *states = NULL;
    if (!exchange->diags.has_error && provider_list(exchange->provider, type, &states, &exchange->diags))
        answer_value(exchange, "states", states);
}

static void run_plan(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type"), *private_text = text_of(exchange, "private");
    struct json_object *prior = object_of(exchange, "prior"), *config = object_of(exchange, "config");
    struct plan plan = {0};
    if (exchange->diags.has_error)
        return;
    if (provider_plan(exchange->provider, type, prior, config, private_text, &plan, &exchange->diags)) {
        struct json_object *replace = json_object_new_array();
        for (size_t i = 0; i < plan.replace_count && replace != NULL; i++)
            json_object_array_add(replace, json_object_new_string(plan.replace[i]->name));
        answer_text(exchange, "action", operation_name(plan.operation));
        answer_value(exchange, "planned", plan.planned);
        plan.planned = NULL;
        answer_text(exchange, "private", plan.private_text);
        answer_value(exchange, "replace", replace);
    }
    plan_clear(&plan);
}

static void run_apply(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type"), *private_text = text_of(exchange, "private");
    struct json_object *prior = object_of(exchange, "prior"), *planned = object_of(exchange, "planned");
    struct json_object *state = NULL;
    if (exchange->diags.has_error)
        return;
    provider_apply(exchange->provider, type, prior, planned, private_text, &state, &exchange->diags);
    answer_value(exchange, "state", state);
}

static void run_read_data(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type");
    struct json_object *config = required_object(exchange, "config"), *state = NULL;
    if (exchange->diags.has_error ||
        !provider_validate(exchange->provider, SCHEMA_DATA_SOURCE, type, config, &exchange->diags))
        return;
    if (provider_read_data(exchange->provider, type, config, &state, &exchange->diags))
        answer_value(exchange, "state", state);
}

static void run_call(struct exchange *exchange)
{
    const char *name = required_text(exchange, "name");
    struct json_object *arguments = NULL, *result = NULL;
    json_object_object_get_ex(exchange->request, "arguments", &arguments);
    if (!json_object_is_type(arguments, json_type_array))
        diagnostics_error(&exchange->diags, NULL, "Incomplete request", "\"arguments\" must be an array.");
    if (exchange->diags.has_error)
        return;
    size_t count = json_object_array_length(arguments);
    struct json_object **values = calloc(count + 1, sizeof *values);
    if (values == NULL) {
        diagnostics_no_memory(&exchange->diags);
        return;
    }
    for (size_t i = 0; i < count; i++)
        values[i] = json_object_array_get_idx(arguments, i);
    if (provider_call_function(exchange->provider, name, values, count, &result, &exchange->diags))
        answer_value(exchange, "result", result);
    free(values);
}

static void run_identity(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type");
    struct json_object *state = required_object(exchange, "state");
    if (!exchange->diags.has_error)
        answer_value(exchange, "identity", provider_identity(exchange->provider, type, state));
}

static void run_upgrade(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type");
    struct json_object *saved = required_object(exchange, "state"), *version = NULL, *state = NULL;
    json_object_object_get_ex(exchange->request, "version", &version);
    if (!exchange->diags.has_error &&
        provider_upgrade(exchange->provider, type, json_object_get_int64(version), saved, &state,
                         &exchange->diags))
        answer_value(exchange, "state", state);
}

static void run_move(struct exchange *exchange)
{
    const char *type = required_text(exchange, "type");
    const char *source_provider = required_text(exchange, "source_provider");
    const char *source_type = required_text(exchange, "source_type");
    struct json_object *source = required_object(exchange, "state"), *state = NULL;
    if (!exchange->diags.has_error && provider_move(exchange->provider, source_provider, source_type, source,
                                                    type, &state, &exchange->diags))
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
    diagnostics_error(&exchange->diags, NULL, "Unknown operation", "There is no operation \"%s\".",
                      operation);
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

/* Ends an answer with what the diagnostics say, and makes it text. Clears them. */
static char *finish_answer(struct json_object *answer, struct diagnostics *diags)
{
    bool ok = add(answer, "ok", json_object_new_boolean(!diags->has_error)) &&
              add(answer, "status", json_object_new_int(diags->status)) &&
              add(answer, "diagnostics", diagnostics_to_json(diags));
    char *text = ok ? value_to_text(answer) : NULL;
    json_object_put(answer);
    diagnostics_clear(diags);
    return text;
}

/* --- the interface --- */

static void write_log(const struct provider_log *log, int level, const char *message, const char *fields)
{
    const struct plugin_bridge *bridge =
        (const struct plugin_bridge *)((const char *)log - offsetof(struct plugin_bridge, log));
    if (level <= log->level)
        bridge->sink(bridge->sink_context, level, message, fields);
}

EXPORT uint32_t plugin_bridge_abi_version(void)
{
    return PLUGIN_BRIDGE_ABI_VERSION;
}

EXPORT plugin_bridge *plugin_bridge_open(const char *schemas_directory, plugin_bridge_log log,
                                         void *log_context, int log_level, char **answer)
{
    struct diagnostics diags = {0};
    struct plugin_bridge *bridge = calloc(1, sizeof *bridge);
    if (bridge == NULL) {
        diagnostics_no_memory(&diags);
    } else {
        pthread_mutex_init(&bridge->lock, NULL);
        bridge->sink = log;
        bridge->sink_context = log_context;
        bridge->log = (struct provider_log){.write = write_log, .level = log != NULL ? log_level : LOG_NONE};
        bridge->provider = provider_create(schemas_directory, &bridge->log, &diags);
        if (bridge->provider == NULL || !provider_load(bridge->provider, &diags)) {
            plugin_bridge_close(bridge);
            bridge = NULL;
        }
    }
    *answer = finish_answer(json_object_new_object(), &diags);
    return bridge;
}

static void enter(plugin_bridge *bridge, struct running *running)
{
    pthread_mutex_lock(&bridge->lock);
    running->next = bridge->running;
    bridge->running = running;
    pthread_mutex_unlock(&bridge->lock);
}

static void leave(plugin_bridge *bridge, struct running *running)
{
    pthread_mutex_lock(&bridge->lock);
    struct running **link = &bridge->running;
    while (*link != running)
        link = &(*link)->next;
    *link = running->next;
    pthread_mutex_unlock(&bridge->lock);
}

EXPORT char *plugin_bridge_call(plugin_bridge *bridge, const char *request, uint64_t id)
{
    struct exchange exchange = {.provider = bridge->provider, .answer = json_object_new_object()};
    struct running running = {.id = id, .diags = &exchange.diags};
    char *problem = NULL;
    bool ok = true;
    if (!value_from_text(request, strlen(request), &exchange.request, &problem))
        diagnostics_error(&exchange.diags, NULL, "Invalid request", "%s",
                          problem != NULL ? problem : "no memory");
    else if (!json_object_is_type(exchange.request, json_type_object))
        diagnostics_error(&exchange.diags, NULL, "Invalid request", "A request is a JSON object.");
    exchange.request = translate(exchange.request, false, &ok);
    if (!ok)
        diagnostics_no_memory(&exchange.diags);
    if (!exchange.diags.has_error) {
        enter(bridge, &running);
        run(&exchange);
        leave(bridge, &running);
    }
    free(problem);
    json_object_put(exchange.request);
    return finish_answer(exchange.answer, &exchange.diags);
}

EXPORT void plugin_bridge_cancel(plugin_bridge *bridge, uint64_t id)
{
    pthread_mutex_lock(&bridge->lock);
    for (struct running *running = bridge->running; running != NULL; running = running->next)
        if (id == 0 || running->id == id)
            provider_cancel(bridge->provider, running->diags);
    pthread_mutex_unlock(&bridge->lock);
}

EXPORT void plugin_bridge_close(plugin_bridge *bridge)
{
    if (bridge == NULL)
        return;
    provider_destroy(bridge->provider);
    pthread_mutex_destroy(&bridge->lock);
    free(bridge);
}

EXPORT void plugin_bridge_free(char *answer)
{
    free(answer);
}
