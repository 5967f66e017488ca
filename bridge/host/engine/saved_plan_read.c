/* SPDX-License-Identifier: Apache-2.0
 *
 * saved_plan_read.c - reads a saved plan back. Nothing in it is believed before its checksum fits; and what
 * is not of the form that the writer gives it is damage all the same.
 */
#include "saved_plan.h"

#include "../../value.h"
#include "../state/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reader {
    const struct schema_set *schemas;
    struct json_object **types; /* of resources, then of data sources; made when needed */
    bool ok;
};

static struct json_object *get(struct json_object *object, const char *name, enum json_type type,
                               struct reader *reader)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, name, &value) || !json_object_is_type(value, type))
        reader->ok = false;
    return reader->ok ? value : NULL;
}

/* A text that may be null; new. */
static char *get_text(struct json_object *object, const char *name, struct reader *reader)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, name, &value))
        reader->ok = false;
    if (!value)
        return NULL;
    char *text = json_object_is_type(value, json_type_string) ? strdup(json_object_get_string(value)) : NULL;
    reader->ok = reader->ok && text;
    return text;
}

static bool get_bool(struct json_object *object, const char *name, struct reader *reader)
{
    return json_object_get_boolean(get(object, name, json_type_boolean, reader));
}

static int get_number(struct json_object *object, const char *name, int most, struct reader *reader)
{
    int64_t number = json_object_get_int64(get(object, name, json_type_int, reader));
    if (number < 0 || number > most)
        reader->ok = false;
    return reader->ok ? (int)number : 0;
}

static void get_address(struct json_object *object, const char *name, struct address *address,
                        struct reader *reader)
{
    char *problem = NULL;
    const char *text = json_object_get_string(get(object, name, json_type_string, reader));
    *address = (struct address){0};
    if (reader->ok && !address_parse(text, address, &problem)) {
        *address = (struct address){0};
        reader->ok = false;
    }
    free(problem);
}

/* The type of the objects of a resource; borrowed. */
static struct json_object *schema_type(struct reader *reader, const struct address *address)
{
    bool data = address->mode == MODE_DATA;
    const struct schema *schema =
        reader->ok ? schema_find(reader->schemas, data ? SCHEMA_DATA_SOURCE : SCHEMA_RESOURCE, address->type)
                   : NULL;
    if (!schema) {
        reader->ok = false;
        return NULL;
    }
    struct json_object **type =
        data
            ? &reader
                   ->types[reader->schemas->resource_count + (size_t)(schema - reader->schemas->data_sources)]
            : &reader->types[schema - reader->schemas->resources];
    if (!*type)
        *type = type_of_object(&schema->object);
    reader->ok = reader->ok && *type;
    return *type;
}

/* `type` (borrowed): of the schema; NULL: it stands in the plan. */
static void get_typed(struct json_object *object, const char *name, struct typed *typed,
                      struct json_object *type, struct reader *reader)
{
    struct json_object *member = NULL, *value = NULL, *places = NULL, *marks = NULL;
    *typed = (struct typed){0};
    if (!reader->ok || !json_object_object_get_ex(object, name, &member))
        return;
    if (!json_object_is_type(member, json_type_object) ||
        !json_object_object_get_ex(member, "value", &value) ||
        (!type && !json_object_object_get_ex(member, "type", &type))) {
        reader->ok = false;
        return;
    }
    json_object_object_get_ex(member, "unknown", &places);
    json_object_object_get_ex(member, "marks", &marks);
    typed->value = json_object_get(value);
    typed->type = json_object_get(type);
    typed->marks = json_object_get(marks);
    reader->ok = unknowns_put(&typed->value, places) && typed_fits(typed);
}

static void get_replace(struct json_object *object, struct change *change, struct reader *reader)
{
    struct json_object *paths = get(object, "replace", json_type_array, reader);
    size_t count = paths ? json_object_array_length(paths) : 0;
    if (count == 0)
        return;
    change->replace_paths = calloc(count, sizeof(char *));
    reader->ok = reader->ok && change->replace_paths;
    for (size_t i = 0; reader->ok && i < count; i++) {
        struct json_object *path = json_object_array_get_idx(paths, i);
        char *text =
            json_object_is_type(path, json_type_string) ? strdup(json_object_get_string(path)) : NULL;
        reader->ok = text != NULL;
        if (text)
            change->replace_paths[change->replace_count++] = text;
    }
}

static void get_change(struct json_object *object, struct change *change, struct reader *reader)
{
    struct json_object *moved = NULL;
    get_address(object, "address", &change->address, reader);
    struct json_object *type = schema_type(reader, &change->address);
    change->deposed = get_text(object, "deposed", reader);
    change->import_id = get_text(object, "import_id", reader);
    change->provider_alias = get_text(object, "provider_alias", reader);
    change->private_text = get_text(object, "private", reader);
    if (json_object_object_get_ex(object, "moved_from", &moved) && moved) {
        change->moved_from = calloc(1, sizeof *change->moved_from);
        reader->ok = reader->ok && change->moved_from;
        if (change->moved_from)
            get_address(object, "moved_from", change->moved_from, reader);
    }
    get_typed(object, "before", &change->before, type, reader);
    get_typed(object, "after", &change->after, type, reader);
    get_replace(object, change, reader);
    change->action = (enum action)get_number(object, "action", ACTION_FORGET, reader);
    change->reason = (enum reason)get_number(object, "reason", REASON_READ_DEPENDENCY, reader);
}

static void get_changes(struct json_object *object, const char *name, struct change **items, size_t *count,
                        struct reader *reader)
{
    struct json_object *array = get(object, name, json_type_array, reader);
    size_t length = array ? json_object_array_length(array) : 0;
    *items = calloc(length + 1, sizeof **items);
    reader->ok = reader->ok && *items;
    for (size_t i = 0; reader->ok && i < length; i++) {
        *count = i + 1;
        get_change(json_object_array_get_idx(array, i), &(*items)[i], reader);
        json_object_array_put_idx(array, i, NULL); /* not needed twice */
    }
}

static void get_outputs(struct json_object *object, struct changes *changes, struct reader *reader)
{
    struct json_object *array = get(object, "outputs", json_type_array, reader);
    size_t length = array ? json_object_array_length(array) : 0;
    changes->outputs = calloc(length + 1, sizeof *changes->outputs);
    reader->ok = reader->ok && changes->outputs;
    for (size_t i = 0; reader->ok && i < length; i++) {
        struct json_object *item = json_object_array_get_idx(array, i);
        struct output_change *output = &changes->outputs[changes->output_count++];
        output->name = get_text(item, "name", reader);
        reader->ok = reader->ok && output->name;
        output->sensitive = get_bool(item, "sensitive", reader);
        output->action = (enum action)get_number(item, "action", ACTION_FORGET, reader);
        get_typed(item, "before", &output->before, NULL, reader);
        get_typed(item, "after", &output->after, NULL, reader);
    }
}

static struct changes *get_all_changes(struct json_object *object, struct reader *reader)
{
    struct changes *changes = calloc(1, sizeof *changes);
    reader->ok = reader->ok && changes;
    if (!changes)
        return NULL;
    get_changes(object, "changes", &changes->items, &changes->count, reader);
    get_changes(object, "drift", &changes->drift, &changes->drift_count, reader);
    get_outputs(object, changes, reader);
    changes->targeted = get_bool(object, "targeted", reader);
    changes->errored = get_bool(object, "errored", reader);
    const char *mode = json_object_get_string(get(object, "mode", json_type_string, reader));
    bool known = false;
    for (size_t i = 0; mode && i < sizeof saved_plan_modes / sizeof *saved_plan_modes; i++)
        if (strcmp(mode, saved_plan_modes[i]) == 0) {
            changes->mode = (enum plan_mode)i;
            known = true;
        }
    reader->ok = reader->ok && known;
    for (size_t i = 0; i < changes->count; i++)
        change_count(changes, &changes->items[i]);
    return changes;
}

/* --- the file --- */

static void refuse_damage(const char *path, const char *what, struct diagnostics *diags)
{
    diagnostics_error(diags, NULL, "Failed to read plan file",
                      "%s is damaged: %s. Plan again with -out, and apply that plan.", path, what);
}

/* Reads a whole file; new. */
static char *read_file(const char *path, size_t *length, struct diagnostics *diags)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    char *text = descriptor >= 0 ? file_read(descriptor, length) : NULL;
    if (!text)
        diagnostics_error(diags, NULL, "Failed to read plan file", "%s: %s.", path, strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    return text;
}

/* The document inside; NULL after an error. */
static struct json_object *open_document(const char *path, char *text, size_t length,
                                         struct diagnostics *diags)
{
    unsigned version = 0;
    unsigned long long checksum = 0;
    int head = 0;
    size_t tail = strlen(SAVED_PLAN_TAIL);
    if (strncmp(text, SAVED_PLAN_HEAD, strlen(SAVED_PLAN_HEAD)) != 0) {
        diagnostics_error(
            diags, NULL, "Failed to read plan file",
            "%s is no plan that this program saved. Plans of Terraform are Terraform's to apply.", path);
        return NULL;
    }
    if (sscanf(text, SAVED_PLAN_HEAD "%u", &version) == 1 && version > SAVED_PLAN_VERSION) {
        diagnostics_error(
            diags, NULL, "Failed to read plan file",
            "%s was written by a newer version of this program (format %u; this one reads up to "
            "%u). Apply it with that version, or plan again.",
            path, version, (unsigned)SAVED_PLAN_VERSION);
        return NULL;
    }
    if (sscanf(text, SAVED_PLAN_HEAD "%u,\"checksum\":\"%16llx\",\"plan\":%n", &version, &checksum, &head) !=
            2 ||
        head == 0 || length < (size_t)head + tail || strcmp(text + length - tail, SAVED_PLAN_TAIL) != 0) {
        refuse_damage(path, "it is not whole", diags);
        return NULL;
    }
    size_t inside = length - tail - (size_t)head;
    if (saved_plan_hash(SAVED_PLAN_HASH_BASIS, text + head, inside) != checksum) {
        refuse_damage(path, "its checksum does not fit", diags);
        return NULL;
    }
    struct json_object *document = NULL;
    char *problem = NULL;
    text[(size_t)head + inside] = '\0';
    if (!value_from_text(text + head, inside, &document, &problem) || !document)
        refuse_damage(path, problem ? problem : "it is no JSON", diags);
    free(problem);
    return document;
}

static bool check_schemas(struct json_object *document, const char *path, const struct schema_set *schemas,
                          struct reader *reader, struct diagnostics *diags)
{
    uint64_t hash;
    char text[17];
    const char *saved = json_object_get_string(get(document, "schemas", json_type_string, reader));
    if (!saved_plan_schemas(schemas, &hash, diags))
        return false;
    snprintf(text, sizeof text, "%016llx", (unsigned long long)hash);
    if (!saved || strcmp(saved, text) == 0)
        return true;
    diagnostics_error(diags, NULL, "Saved plan is of another provider version",
                      "The schemas of the provider have changed since %s was made. Plan again.", path);
    return false;
}

static struct config *get_config(struct json_object *document, const char *directory, struct reader *reader,
                                 struct diagnostics *diags)
{
    struct json_object *sources = get(document, "sources", json_type_array, reader);
    size_t length = sources ? json_object_array_length(sources) : 0;
    const char **names = calloc(length + 1, sizeof(char *)), **texts = calloc(length + 1, sizeof(char *));
    reader->ok = reader->ok && names && texts;
    for (size_t i = 0; reader->ok && i < length; i++) {
        struct json_object *source = json_object_array_get_idx(sources, i);
        names[i] = json_object_get_string(get(source, "name", json_type_string, reader));
        texts[i] = json_object_get_string(get(source, "text", json_type_string, reader));
    }
    struct config *config =
        reader->ok ? config_load_texts(directory, length, names, texts, reader->schemas, diags) : NULL;
    free(names);
    free(texts);
    return config;
}

static void get_plan(struct json_object *document, const char *path, const char *directory,
                     const struct variable_input *input, struct saved_plan *plan, struct reader *reader,
                     struct diagnostics *diags)
{
    struct json_object *state = get(document, "state", json_type_string, reader), *kept = NULL;
    plan->lineage = get_text(document, "lineage", reader);
    plan->serial = json_object_get_uint64(get(document, "serial", json_type_int, reader));
    if (json_object_object_get_ex(document, "options", &kept))
        plan->options = json_object_get(kept);
    if (json_object_object_get_ex(document, "backend", &kept))
        plan->backend = json_object_get(kept);
    if (state)
        plan->state = state_parse(json_object_get_string(state), (size_t)json_object_get_string_len(state),
                                  path, diags);
    json_object_object_del(document, "state");
    plan->changes = get_all_changes(document, reader);
    plan->config = get_config(document, directory, reader, diags);
    if (plan->config)
        plan->variables = variables_restore(
            plan->config, get(document, "variables", json_type_object, reader), input, diags);
}

bool saved_plan_read(const char *path, const char *directory, const struct schema_set *schemas,
                     const struct variable_input *input, struct saved_plan *plan, struct diagnostics *diags)
{
    size_t length = 0, types = schemas->resource_count + schemas->data_source_count;
    struct diagnostics found = {0};
    struct reader reader = {
        .schemas = schemas, .types = calloc(types + 1, sizeof(struct json_object *)), .ok = true};
    *plan = (struct saved_plan){0};
    char *text = reader.types ? read_file(path, &length, &found) : NULL;
    struct json_object *document = text ? open_document(path, text, length, &found) : NULL;
    free(text);
    bool ok = document && check_schemas(document, path, schemas, &reader, &found);
    if (ok)
        get_plan(document, path, directory, input, plan, &reader, &found);
    if (ok && !reader.ok)
        refuse_damage(path, "something in it is missing or of another kind than it should be", &found);
    if (!reader.types)
        diagnostics_no_memory(&found);
    for (size_t i = 0; reader.types && i < types; i++)
        json_object_put(reader.types[i]);
    free(reader.types);
    json_object_put(document);
    ok = ok && !found.has_error && plan->config && plan->variables && plan->state && plan->changes;
    diagnostics_move(diags, &found);
    if (!ok)
        saved_plan_clear(plan);
    return ok;
}

void saved_plan_clear(struct saved_plan *plan)
{
    changes_destroy(plan->changes);
    state_destroy(plan->state);
    variables_destroy(plan->variables);
    config_destroy(plan->config);
    json_object_put(plan->options);
    json_object_put(plan->backend);
    free(plan->lineage);
    *plan = (struct saved_plan){0};
}

bool saved_plan_is(const char *path)
{
    char head[sizeof SAVED_PLAN_HEAD] = "";
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return false;
    ssize_t length = read(descriptor, head, sizeof head - 1);
    close(descriptor);
    return length == (ssize_t)sizeof head - 1 && strcmp(head, SAVED_PLAN_HEAD) == 0;
}
