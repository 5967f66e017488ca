/* SPDX-License-Identifier: Apache-2.0
 *
 * saved_plan.c - writes a plan to a file. Reading it back is saved_plan_read.c's part.
 */
#include "saved_plan.h"

#include "../language/text.h"
#include "../state/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const saved_plan_modes[3] = {
    [PLAN_NORMAL] = "normal", [PLAN_DESTROY] = "destroy", [PLAN_REFRESH_ONLY] = "refresh-only"};

uint64_t saved_plan_hash(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    hash = hash ? hash : 0xCBF29CE484222325u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * 0x100000001B3u;
    return hash;
}

static bool hash_file(const char *path, uint64_t *hash, struct diagnostics *diags)
{
    size_t length = 0;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    char *text = descriptor >= 0 ? file_read(descriptor, &length) : NULL;
    if (!text)
        diagnostics_error(diags, NULL, "A schema can't be read",
                          "%s: %s. The schemas must stay where they are while this program runs.", path,
                          strerror(errno));
    else
        *hash = saved_plan_hash(*hash, text, length);
    if (descriptor >= 0)
        close(descriptor);
    free(text);
    return text != NULL;
}

bool saved_plan_schemas(const struct schema_set *schemas, uint64_t *hash, struct diagnostics *diags)
{
    *hash = 0;
    bool ok = hash_file(schemas->provider.file, hash, diags);
    for (size_t i = 0; ok && i < schemas->resource_count; i++)
        ok = hash_file(schemas->resources[i].file, hash, diags);
    for (size_t i = 0; ok && i < schemas->data_source_count; i++)
        ok = hash_file(schemas->data_sources[i].file, hash, diags);
    for (size_t i = 0; ok && i < schemas->function_count; i++)
        ok = hash_file(schemas->functions[i].file, hash, diags);
    return ok;
}

/* --- unknowns --- */

static bool add(struct json_object *to, const char *name, struct json_object *value)
{
    int status = name ? json_object_object_add(to, name, value) : json_object_array_add(to, value);
    if (status == 0)
        return true;
    json_object_put(value);
    return false;
}

struct json_object *unknowns_take(struct json_object *value, struct json_object **places, bool *ok)
{
    *places = NULL;
    if (!value_has_unknown(value))
        return json_object_get(value);
    if (value_is_unknown(value)) {
        *places = json_object_new_boolean(true);
        *ok = *ok && *places;
        return NULL;
    }
    bool array = json_object_is_type(value, json_type_array);
    struct json_object *taken = array ? json_object_new_array() : json_object_new_object();
    *places = array ? json_object_new_array() : json_object_new_object();
    *ok = *ok && taken && *places;
    for (size_t i = 0; *ok && array && i < json_object_array_length(value); i++) {
        struct json_object *at, *item = unknowns_take(json_object_array_get_idx(value, i), &at, ok);
        *ok = add(taken, NULL, item) && *ok;
        *ok = add(*places, NULL, at) && *ok;
    }
    if (!array) {
        json_object_object_foreach(value, key, member)
        {
            struct json_object *at = NULL, *item = *ok ? unknowns_take(member, &at, ok) : NULL;
            *ok = *ok && add(taken, key, item);
            *ok = (!at || add(*places, key, at)) && *ok;
        }
    }
    return taken;
}

bool unknowns_put(struct json_object **value, struct json_object *places)
{
    bool ok = true;
    if (json_object_is_type(places, json_type_boolean)) {
        json_object_put(*value);
        *value = value_unknown();
        return *value != NULL;
    }
    if (json_object_is_type(places, json_type_array)) {
        ok = json_object_is_type(*value, json_type_array) &&
             json_object_array_length(*value) == json_object_array_length(places);
        for (size_t i = 0; ok && i < json_object_array_length(places); i++) {
            struct json_object *item = json_object_get(json_object_array_get_idx(*value, i));
            ok = unknowns_put(&item, json_object_array_get_idx(places, i)) &&
                 json_object_array_put_idx(*value, i, item) == 0;
            if (!ok)
                json_object_put(item);
        }
    } else if (json_object_is_type(places, json_type_object)) {
        ok = json_object_is_type(*value, json_type_object);
        json_object_object_foreach(places, key, at)
        {
            struct json_object *item = NULL;
            if (!ok || !json_object_object_get_ex(*value, key, &item)) {
                ok = false;
                break;
            }
            item = json_object_get(item);
            ok = unknowns_put(&item, at) && json_object_object_add(*value, key, item) == 0;
            if (!ok)
                json_object_put(item);
        }
    }
    return ok;
}

/* --- writing --- */

struct writer {
    FILE *out;
    bool ok;
};

static void put_json(struct writer *writer, const char *name, struct json_object *value)
{
    char *text = value_to_text(value);
    writer->ok = writer->ok && text;
    fprintf(writer->out, "\"%s\":%s,", name, text ? text : "null");
    free(text);
}

static void put_text(struct writer *writer, const char *name, const char *text)
{
    struct json_object *string = text ? json_object_new_string(text) : NULL;
    writer->ok = writer->ok && (!text || string);
    put_json(writer, name, string);
    json_object_put(string);
}

static void put_address(struct writer *writer, const char *name, const struct address *address)
{
    char *text = address ? address_text(address, false) : NULL;
    writer->ok = writer->ok && (!address || text);
    put_text(writer, name, text);
    free(text);
}

/* `type` only where it is not that of the schema. */
static void put_typed(struct writer *writer, const char *name, const struct typed *typed, bool type)
{
    struct json_object *places = NULL;
    struct json_object *value = unknowns_take(typed->value, &places, &writer->ok);
    if (writer->ok && (typed->value || typed->type)) {
        fprintf(writer->out, "\"%s\":{", name);
        put_json(writer, "value", value);
        if (places)
            put_json(writer, "unknown", places);
        if (typed->marks)
            put_json(writer, "marks", typed->marks);
        if (type)
            put_json(writer, "type", typed->type);
        fputs("\"end\":0},", writer->out);
    }
    json_object_put(value);
    json_object_put(places);
}

static void put_change(struct writer *writer, const struct change *change)
{
    putc('{', writer->out);
    put_address(writer, "address", &change->address);
    put_text(writer, "deposed", change->deposed);
    put_address(writer, "moved_from", change->moved_from);
    put_text(writer, "import_id", change->import_id);
    put_text(writer, "provider_alias", change->provider_alias);
    put_text(writer, "private", change->private_text);
    put_typed(writer, "before", &change->before, false);
    put_typed(writer, "after", &change->after, false);
    fputs("\"replace\":[", writer->out);
    for (size_t i = 0; i < change->replace_count; i++) {
        struct json_object *path = json_object_new_string(change->replace_paths[i]);
        char *text = path ? value_to_text(path) : NULL;
        writer->ok = writer->ok && text;
        fprintf(writer->out, "%s%s", i ? "," : "", text ? text : "");
        free(text);
        json_object_put(path);
    }
    fprintf(writer->out, "],\"action\":%d,\"reason\":%d}", (int)change->action, (int)change->reason);
}

static void put_changes(struct writer *writer, const char *name, const struct change *items, size_t count)
{
    fprintf(writer->out, "\"%s\":[", name);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            putc(',', writer->out);
        put_change(writer, &items[i]);
    }
    fputs("],", writer->out);
}

static void put_outputs(struct writer *writer, const struct changes *changes)
{
    fputs("\"outputs\":[", writer->out);
    for (size_t i = 0; i < changes->output_count; i++) {
        const struct output_change *output = &changes->outputs[i];
        fputs(i ? ",{" : "{", writer->out);
        put_text(writer, "name", output->name);
        put_typed(writer, "before", &output->before, true);
        put_typed(writer, "after", &output->after, true);
        fprintf(writer->out, "\"sensitive\":%s,\"action\":%d}", output->sensitive ? "true" : "false",
                (int)output->action);
    }
    fputs("],", writer->out);
}

static void put_sources(struct writer *writer, const struct config *config)
{
    fputs("\"sources\":[", writer->out);
    for (size_t i = 0; i < config->source_count; i++) {
        fputs(i ? ",{" : "{", writer->out);
        put_text(writer, "name", config->sources[i].name);
        put_text(writer, "text", config->sources[i].text);
        fputs("\"end\":0}", writer->out);
    }
    fputs("],", writer->out);
}

static void put_plan(struct writer *writer, const struct saved_plan *plan, uint64_t schemas)
{
    char *state = state_text(plan->state);
    struct json_object *variables = variables_save(plan->config, plan->variables);
    writer->ok = writer->ok && state && variables;
    fprintf(writer->out, "{\"schemas\":\"%016llx\",", (unsigned long long)schemas);
    put_text(writer, "lineage", plan->lineage);
    fprintf(writer->out, "\"serial\":%llu,", (unsigned long long)plan->serial);
    put_sources(writer, plan->config);
    put_json(writer, "variables", variables);
    put_json(writer, "options", plan->options);
    put_json(writer, "backend", plan->backend);
    put_text(writer, "state", state);
    put_changes(writer, "changes", plan->changes->items, plan->changes->count);
    put_changes(writer, "drift", plan->changes->drift, plan->changes->drift_count);
    put_outputs(writer, plan->changes);
    fprintf(writer->out, "\"targeted\":%s,\"errored\":%s,\"mode\":\"%s\"}",
            plan->changes->targeted ? "true" : "false", plan->changes->errored ? "true" : "false",
            saved_plan_modes[plan->changes->mode]);
    free(state);
    json_object_put(variables);
}

/* Puts head and tail around the document; new. */
static char *frame(const char *document, size_t length, size_t *framed_length)
{
    char head[SAVED_PLAN_HEAD_MAX];
    int head_length = snprintf(head, sizeof head, SAVED_PLAN_FORMAT, (unsigned)SAVED_PLAN_VERSION,
                               (unsigned long long)saved_plan_hash(SAVED_PLAN_HASH_BASIS, document, length));
    *framed_length = (size_t)head_length + length + strlen(SAVED_PLAN_TAIL);
    char *framed = malloc(*framed_length + 1);
    if (!framed)
        return NULL;
    memcpy(framed, head, (size_t)head_length);
    memcpy(framed + head_length, document, length);
    memcpy(framed + head_length + length, SAVED_PLAN_TAIL, strlen(SAVED_PLAN_TAIL) + 1);
    return framed;
}

bool saved_plan_write(const char *path, const struct saved_plan *plan, const struct schema_set *schemas,
                      struct diagnostics *diags)
{
    char *document = NULL;
    size_t length = 0, framed_length = 0;
    uint64_t hash;
    if (!saved_plan_schemas(schemas, &hash, diags))
        return false;
    struct writer writer = {.out = open_memstream(&document, &length), .ok = true};
    if (writer.out) {
        put_plan(&writer, plan, hash);
        writer.ok = text_stream_end(writer.out, &document) && writer.ok;
    }
    char *framed = writer.out && writer.ok ? frame(document, length, &framed_length) : NULL;
    free(document);
    if (!framed) {
        diagnostics_no_memory(diags);
        return false;
    }
    bool ok = file_replace_named(path, framed, framed_length);
    if (!ok)
        diagnostics_error(diags, NULL, "Failed to write plan file",
                          "The plan file could not be written: %s: %s. Nothing is there, or what was there "
                          "before. Make room or choose another place, then plan again.",
                          path, strerror(errno));
    free(framed);
    return ok;
}
