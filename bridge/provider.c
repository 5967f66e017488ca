/* SPDX-License-Identifier: Apache-2.0
 *
 * provider.c - a provider's life: its schemas, its library, its session, and the calls under way.
 * What is done with a resource is in provider_resource.c, how a state comes about without the
 * plugin in provider_state.c, data sources and functions in provider_data.c.
 */
#include "provider.h"

#include "library.h"
#include "plan.h"
#include "provider_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void log_nothing(const struct provider_log *log, int level, const char *message, const char *fields)
{
    (void)log;
    (void)level;
    (void)message;
    (void)fields;
}

static void make_locks(struct provider *provider)
{
    pthread_mutex_init(&provider->load_lock, NULL);
    pthread_rwlock_init(&provider->session_lock, NULL);
    pthread_mutex_init(&provider->active_lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&provider->active_ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

/* In a forked child: calls that the parent's other threads were making are not under way here. */
static void start_over(void *context)
{
    struct provider *provider = context;
    make_locks(provider);
    provider->active = NULL;
}

/* Makes the provider usable in this process; comes before any lock. */
static void enter_process(struct provider *provider)
{
    process_enter(&provider->owner, start_over, provider);
}

struct provider *provider_create(const char *schemas_directory, const struct provider_log *log,
                                 struct diagnostics *diags)
{
    struct schema_set *schemas = schema_set_load(schemas_directory, diags);
    struct provider *provider = schemas == NULL ? NULL : provider_create_with(schemas, log, diags);
    if (provider == NULL)
        schema_set_destroy(schemas);
    else
        provider->own_schemas = schemas;
    return provider;
}

struct provider *provider_create_with(struct schema_set *schemas, const struct provider_log *log,
                                      struct diagnostics *diags)
{
    struct provider *provider = calloc(1, sizeof *provider);
    if (provider == NULL) {
        diagnostics_no_memory(diags);
        return NULL;
    }
    provider->schemas = schemas;
    provider->log = (struct provider_log){.write = log_nothing, .level = LOG_NONE};
    provider->sink = log != NULL ? log : &provider->log;
    make_locks(provider);
    process_own(&provider->owner);
    return provider;
}

const struct schema_set *provider_schemas(const struct provider *provider)
{
    return provider->schemas;
}

bool provider_load(struct provider *provider, struct diagnostics *diags)
{
    enter_process(provider);
    if (atomic_load(&provider->loaded))
        return true;
    pthread_mutex_lock(&provider->load_lock);
    if (!atomic_load(&provider->loaded) && library_load(provider->schemas, diags))
        atomic_store(&provider->loaded, true);
    pthread_mutex_unlock(&provider->load_lock);
    return atomic_load(&provider->loaded);
}

static void enter(struct provider *provider, struct active_call *active)
{
    pthread_mutex_lock(&provider->active_lock);
    active->next = provider->active;
    provider->active = active;
    pthread_mutex_unlock(&provider->active_lock);
}

static void leave(struct provider *provider, struct active_call *active)
{
    pthread_mutex_lock(&provider->active_lock);
    struct active_call **link = &provider->active;
    while (*link != active)
        link = &(*link)->next;
    *link = active->next;
    pthread_cond_broadcast(&provider->active_ended);
    pthread_mutex_unlock(&provider->active_lock);
}

/* Whether this call may go on, or the reason why not. */
static bool admit(const struct provider *provider, const struct schema_callback *callback,
                  struct diagnostics *diags)
{
    if (atomic_load(&provider->stopping)) {
        diagnostics_error(diags, NULL, "The operation was stopped",
                          "%s was not called: the host asked the provider to stop.", callback->symbol);
        return false;
    }
    if (provider->schemas->provider.callbacks[CALLBACK_OPEN] == NULL ||
        !call_uses(callback, ARGUMENT_SESSION) || provider->session != NULL)
        return true;
    diagnostics_error(diags, NULL, "Provider is not configured",
                      "%s needs a session, and the provider's settings were not given or are not known yet.",
                      callback->symbol);
    return false;
}

enum call_outcome provider_call(struct provider *provider, const struct schema_callback *callback,
                                struct call_frame *frame, struct diagnostics *diags)
{
    return provider_call_for(provider, callback, frame, diags, diags);
}

enum call_outcome provider_call_for(struct provider *provider, const struct schema_callback *callback,
                                    struct call_frame *frame, struct diagnostics *diags,
                                    const struct diagnostics *caller)
{
    if (!provider_load(provider, diags))
        return CALL_INVALID;
    enum call_outcome outcome = CALL_INVALID;
    struct active_call active = {.diags = caller, .report = &frame->report};
    call_report_init(frame, diags);
    pthread_rwlock_rdlock(&provider->session_lock);
    frame->session = provider->session;
    frame->log = provider->sink;
    enter(provider, &active);
    if (admit(provider, callback, diags))
        outcome = call_run(callback, frame);
    leave(provider, &active);
    pthread_rwlock_unlock(&provider->session_lock);
    return outcome;
}

bool provider_can_call(const struct provider *provider, const struct schema_callback *callback)
{
    return atomic_load(&provider->configured) != CONFIGURED_UNKNOWN || !call_uses(callback, ARGUMENT_SESSION);
}

/* Calls close on the session, which no call uses any more. */
static void close_session(struct provider *provider)
{
    const struct schema_callback *close = provider->schemas->provider.callbacks[CALLBACK_CLOSE];
    if (provider->session != NULL && close != NULL && close->call != NULL) {
        struct diagnostics ignored = {0};
        struct call_frame frame = {.session = provider->session, .log = provider->sink};
        call_report_init(&frame, &ignored);
        call_run(close, &frame);
        call_frame_clear(&frame);
        diagnostics_clear(&ignored);
    }
    provider->session = NULL;
}

void provider_destroy(struct provider *provider)
{
    if (provider == NULL)
        return;
    enter_process(provider);
    close_session(provider);
    library_release(provider->schemas);
    schema_set_destroy(provider->own_schemas);
    pthread_mutex_destroy(&provider->load_lock);
    pthread_rwlock_destroy(&provider->session_lock);
    pthread_mutex_destroy(&provider->active_lock);
    pthread_cond_destroy(&provider->active_ended);
    free(provider);
}

bool provider_validate(struct provider *provider, enum schema_kind kind, const char *name,
                       struct json_object *config, struct diagnostics *diags)
{
    const struct schema *schema = schema_find(provider->schemas, kind, name);
    struct diagnostics found = {0};
    if (schema == NULL)
        diagnostics_error(&found, NULL, "Unknown type", "This provider has no \"%s\".", name);
    else
        schema_validate(schema, config, &found);
    bool ok = !found.has_error;
    diagnostics_move(diags, &found);
    return ok;
}

/* Opens a session in the place of the present one. */
static bool open_session(struct provider *provider, const struct schema_callback *open,
                         const struct json_object *config, struct diagnostics *diags)
{
    struct call_frame frame = {.object = config, .log = provider->sink};
    call_report_init(&frame, diags);
    bool ok = call_run(open, &frame) == CALL_DONE;
    if (ok) {
        close_session(provider);
        provider->session = frame.pointer;
        atomic_store(&provider->configured, CONFIGURED);
    }
    call_frame_clear(&frame);
    return ok;
}

bool provider_configure(struct provider *provider, struct json_object *config, struct diagnostics *diags)
{
    const struct schema *schema = &provider->schemas->provider;
    const struct schema_callback *open = schema->callbacks[CALLBACK_OPEN];
    if (!provider_validate(provider, SCHEMA_PROVIDER, schema->name, config, diags))
        return false;
    if (value_has_unknown(config)) {
        atomic_store(&provider->configured, CONFIGURED_UNKNOWN);
        return true;
    }
    if (open == NULL) {
        atomic_store(&provider->configured, CONFIGURED);
        return true;
    }
    if (!provider_load(provider, diags))
        return false;
    struct json_object *settings = plan_conform(&schema->object, config);
    if (settings == NULL) {
        diagnostics_no_memory(diags);
        return false;
    }
    pthread_rwlock_wrlock(&provider->session_lock);
    bool ok = open_session(provider, open, settings, diags);
    pthread_rwlock_unlock(&provider->session_lock);
    value_wipe(settings);
    json_object_put(settings);
    return ok;
}

/* Cancels the calls that use these diagnostics, or with NULL all. A call under way holds the session open,
 * and entered after the library was loaded: so neither is looked at where no call is. */
static void cancel_calls(struct provider *provider, const struct diagnostics *of)
{
    const struct schema_callback *cancel = provider->schemas->provider.callbacks[CALLBACK_CANCEL];
    for (const struct active_call *call = provider->active; cancel != NULL && call != NULL; call = call->next)
        if ((of == NULL || call->diags == of) && provider->session != NULL)
            call_cancel(cancel, provider->session, call->report);
}

void provider_cancel(struct provider *provider, const struct diagnostics *diags)
{
    enter_process(provider);
    pthread_mutex_lock(&provider->active_lock);
    cancel_calls(provider, diags);
    pthread_mutex_unlock(&provider->active_lock);
}

void provider_stop(struct provider *provider)
{
    /* A call may have passed admit() and not be known to the plugin yet: cancel until none is left. */
    enum { TRIES = 100, PAUSE_NS = 10 * 1000 * 1000 };
    enter_process(provider);
    atomic_store(&provider->stopping, true);
    pthread_mutex_lock(&provider->active_lock);
    for (int i = 0; i < TRIES && provider->active != NULL; i++) {
        cancel_calls(provider, NULL);
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += PAUSE_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&provider->active_ended, &provider->active_lock, &until);
    }
    pthread_mutex_unlock(&provider->active_lock);
}

const struct schema *provider_resource(const struct provider *provider, const char *type,
                                       struct diagnostics *diags)
{
    const struct schema *schema = schema_find(provider->schemas, SCHEMA_RESOURCE, type);
    if (schema == NULL)
        diagnostics_error(diags, NULL, "Unknown resource type", "This provider has no resource type \"%s\".",
                          type);
    return schema;
}

struct json_object *provider_member(const struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (object != NULL && json_object_is_type(object, json_type_object) && !value_is_unknown(object))
        json_object_object_get_ex(object, name, &value);
    return value;
}

bool provider_share(struct json_object *object, const char *name, struct json_object *value,
                    struct diagnostics *diags)
{
    json_object_get(value);
    if (json_object_object_add(object, name, value) == 0)
        return true;
    json_object_put(value);
    diagnostics_no_memory(diags);
    return false;
}

bool provider_merge(const struct schema *schema, struct json_object *object, struct json_object *outputs,
                    struct diagnostics *diags)
{
    if (outputs == NULL)
        return true;
    json_object_object_foreach(outputs, name, value)
    {
        const struct schema_attribute *attribute = schema_attribute_find(&schema->object, name);
        struct json_object *before = NULL;
        if (attribute != NULL && json_object_object_get_ex(object, name, &before) &&
            value_equal(before, value, &attribute->type))
            continue;
        if (!provider_share(object, name, value, diags))
            return false;
    }
    return true;
}

size_t schema_parameters(const struct schema *function, const struct schema_attribute **parameters,
                         size_t capacity)
{
    size_t count = 0;
    for (size_t i = 0; i < function->object.count; i++) {
        const struct schema_attribute *attribute = &function->object.attributes[i];
        if (attribute->read_only)
            continue;
        if (count < capacity)
            parameters[count] = attribute;
        count++;
    }
    return count;
}

const struct schema_attribute *schema_result(const struct schema *function)
{
    for (size_t i = 0; i < function->object.count; i++)
        if (function->object.attributes[i].read_only)
            return &function->object.attributes[i];
    return NULL;
}
