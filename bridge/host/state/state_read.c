/* SPDX-License-Identifier: Apache-2.0
 *
 * state_read.c - a state file's text into the model, strictly: what is wrong is named with its JSON pointer,
 * and what is not known is kept.
 */
#include "state_internal.h"

#include "../../place.h"
#include "../../value.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT_VERSION = 4 };

struct reader {
    const char *file;
    struct state *state;
    struct diagnostics *diags;
};

static bool no_memory(struct reader *reader)
{
    diagnostics_no_memory(reader->diags);
    return false;
}

/* Adds an error about a place in the file. Always false. */
static bool invalid(struct reader *reader, const struct place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool invalid(struct reader *reader, const struct place *place, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    char *pointer = place_pointer(place);
    if (length < 0 || pointer == NULL)
        diagnostics_no_memory(reader->diags);
    else
        diagnostics_error(reader->diags, NULL, "The state can't be read",
                          "%s, at %s: %s. Restore it from its backup, or put it right by hand.", reader->file,
                          *pointer == '\0' ? "its top" : pointer, text);
    if (length >= 0)
        free(text);
    free(pointer);
    return false;
}

/* --- members by type; each takes a default where there is none --- */

static struct place below(const struct place *place, const char *name)
{
    return (struct place){.up = place, .key = name};
}

static bool check_kind(struct reader *reader, const struct place *place, struct json_object *object,
                       const char *name, enum json_type kind, struct json_object **member)
{
    static const char *const names[] = {
        [json_type_boolean] = "true or false", [json_type_int] = "a whole number",
        [json_type_object] = "an object",      [json_type_array] = "a list",
        [json_type_string] = "a string",       [json_type_double] = "a number",
    };
    *member = json_object_object_get(object, name);
    if (*member == NULL || json_object_is_type(*member, kind))
        return true;
    struct place at = below(place, name);
    return invalid(reader, &at, "this must be %s", names[kind]);
}

static bool read_text(struct reader *reader, const struct place *place, struct json_object *object,
                      const char *name, char **text)
{
    struct json_object *member = NULL;
    if (!check_kind(reader, place, object, name, json_type_string, &member))
        return false;
    if (member == NULL)
        return true;
    char *copy = strdup(value_string(member));
    if (copy == NULL)
        return no_memory(reader);
    free(*text);
    *text = copy;
    return true;
}

static bool require_text(struct reader *reader, const struct place *place, struct json_object *object,
                         const char *name, const char **text)
{
    struct json_object *member = NULL;
    if (!check_kind(reader, place, object, name, json_type_string, &member))
        return false;
    if (member == NULL)
        return invalid(reader, place, "\"%s\" is missing", name);
    *text = value_string(member);
    return true;
}

static bool read_truth(struct reader *reader, const struct place *place, struct json_object *object,
                       const char *name, bool *truth)
{
    struct json_object *member = NULL;
    if (!check_kind(reader, place, object, name, json_type_boolean, &member))
        return false;
    *truth = member != NULL && json_object_get_boolean(member);
    return true;
}

static bool read_whole(struct reader *reader, const struct place *place, struct json_object *object,
                       const char *name, uint64_t *number)
{
    struct json_object *member = NULL;
    bool negative = false;
    *number = 0;
    if (!check_kind(reader, place, object, name, json_type_int, &member))
        return false;
    if (member == NULL)
        return true;
    value_whole(member, &negative, number);
    if (!negative)
        return true;
    struct place at = below(place, name);
    return invalid(reader, &at, "this must not be negative");
}

/* Shares the members that `known` (space before and after each name) does not name. */
static bool keep_rest(struct reader *reader, struct json_object *object, const char *known,
                      struct json_object **rest)
{
    json_object_object_foreach(object, name, member)
    {
        char word[40];
        if (strlen(name) + 3 <= sizeof word) {
            snprintf(word, sizeof word, " %s ", name);
            if (strstr(known, word) != NULL)
                continue;
        }
        if (*rest == NULL)
            *rest = json_object_new_object();
        if (*rest == NULL || !json_set(*rest, name, json_object_get(member)))
            return no_memory(reader);
    }
    return true;
}

/* --- instances --- */

static bool read_dependencies(struct reader *reader, const struct place *place, struct json_object *object,
                              struct state_instance *instance)
{
    struct json_object *list = NULL;
    if (!check_kind(reader, place, object, "dependencies", json_type_array, &list))
        return false;
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    if (count == 0)
        return true;
    instance->dependencies = calloc(count, sizeof *instance->dependencies);
    if (instance->dependencies == NULL)
        return no_memory(reader);
    for (size_t i = 0; i < count; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        struct place up = below(place, "dependencies"), at = {.up = &up, .index = i};
        if (!json_object_is_type(item, json_type_string))
            return invalid(reader, &at, "this must be a string");
        instance->dependencies[i] = strdup(value_string(item));
        if (instance->dependencies[i] == NULL)
            return no_memory(reader);
        instance->dependency_count++;
    }
    return true;
}

static bool read_key(struct reader *reader, const struct place *place, struct json_object *object,
                     struct state_instance *instance)
{
    struct json_object *key = json_object_object_get(object, "index_key");
    struct place at = below(place, "index_key");
    if (key != NULL && !json_object_is_type(key, json_type_int) &&
        !json_object_is_type(key, json_type_string))
        return invalid(reader, &at, "this must be a whole number or a string");
    instance->key = json_object_get(key);
    return true;
}

static bool read_status(struct reader *reader, const struct place *place, struct json_object *object,
                        struct state_instance *instance)
{
    struct json_object *status = NULL;
    struct place at = below(place, "status");
    if (!check_kind(reader, place, object, "status", json_type_string, &status))
        return false;
    if (status == NULL || *value_string(status) == '\0')
        return true;
    if (strcmp(value_string(status), "tainted") != 0)
        return invalid(reader, &at, "only \"tainted\" is known");
    instance->tainted = true;
    return true;
}

static bool read_marks(struct reader *reader, const struct place *place, struct json_object *object,
                       struct state_instance *instance)
{
    struct json_object *paths = NULL;
    const char *problem = NULL;
    struct place at = below(place, "sensitive_attributes");
    if (!check_kind(reader, place, object, at.key, json_type_array, &paths))
        return false;
    if (!marks_from_paths(paths, &instance->marks, &problem))
        return problem == NULL ? no_memory(reader) : invalid(reader, &at, "%s", problem);
    /* Most have none: nothing to remember then. */
    if (instance->marks != NULL)
        instance->mark_paths = json_object_get(paths);
    return true;
}

static bool read_attributes(struct reader *reader, const struct place *place, struct json_object *object,
                            struct state_instance *instance)
{
    struct json_object *attributes = NULL;
    if (json_object_object_get_ex(object, "attributes_flat", NULL))
        return invalid(reader, place,
                       "\"attributes_flat\" was written before Terraform 0.12; run \"terraform apply "
                       "-refresh-only\" once, which brings it up to date");
    if (!check_kind(reader, place, object, "attributes", json_type_object, &attributes))
        return false;
    value_tighten(attributes);
    instance->attributes = json_object_get(attributes);
    instance->as_read = true;
    return true;
}

static bool read_instance(struct reader *reader, const struct place *place, struct json_object *object,
                          struct state_resource *resource)
{
    static const char known[] = " index_key status deposed schema_version attributes sensitive_attributes "
                                "private dependencies create_before_destroy ";
    struct state_instance instance = {0};
    uint64_t version = 0;
    bool existed = false;
    if (!json_object_is_type(object, json_type_object))
        return invalid(reader, place, "this must be an object");
    bool done = read_key(reader, place, object, &instance) && read_status(reader, place, object, &instance) &&
                read_text(reader, place, object, "deposed", &instance.deposed) &&
                read_whole(reader, place, object, "schema_version", &version) &&
                read_attributes(reader, place, object, &instance) &&
                read_marks(reader, place, object, &instance) &&
                read_text(reader, place, object, "private", &instance.private_text) &&
                read_dependencies(reader, place, object, &instance) &&
                read_truth(reader, place, object, "create_before_destroy", &instance.create_before_destroy) &&
                keep_rest(reader, object, known, &instance.rest);
    if (done && version > INT64_MAX)
        done = invalid(reader, place, "\"schema_version\" is too large");
    instance.schema_version = (int64_t)version;
    if (done && instance.deposed != NULL && *instance.deposed == '\0') {
        free(instance.deposed);
        instance.deposed = NULL;
    }
    if (done && !state_instance_add(resource, &instance, &existed))
        done = no_memory(reader);
    if (done && existed)
        done = invalid(reader, place, "this instance is there already");
    state_instance_clear(&instance);
    return done;
}

/* --- resources and outputs --- */

static bool read_mode(struct reader *reader, const struct place *place, const char *mode,
                      enum resource_mode *result)
{
    struct place at = below(place, "mode");
    *result = strcmp(mode, "data") == 0 ? MODE_DATA : MODE_MANAGED;
    if (strcmp(mode, "managed") == 0 || strcmp(mode, "data") == 0)
        return true;
    return invalid(reader, &at, "only \"managed\" and \"data\" are known, not \"%s\"", mode);
}

static bool refuse_module(struct reader *reader, const struct place *place, const char *module,
                          const char *type, const char *name)
{
    char *pointer = place_pointer(place);
    diagnostics_error(reader->diags, NULL, "The state holds resources of modules",
                      "%s, at %s: %s.%s is of %s, and this program knows no modules. Terraform runs what "
                      "this state belongs to.",
                      reader->file, pointer == NULL ? "" : pointer, type, name, module);
    free(pointer);
    return false;
}

static bool read_instances(struct reader *reader, const struct place *place, struct json_object *object,
                           struct state_resource *resource)
{
    struct json_object *list = NULL;
    if (!check_kind(reader, place, object, "instances", json_type_array, &list))
        return false;
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        struct place up = below(place, "instances"), at = {.up = &up, .index = i};
        if (!read_instance(reader, &at, json_object_array_get_idx(list, i), resource))
            return false;
        /* What was taken is shared; the rest goes now, so that a large state is not held twice. */
        if (json_object_array_put_idx(list, i, NULL) != 0)
            return no_memory(reader);
    }
    return true;
}

/* Whether messages and commands can name a resource: type and name are identifiers. */
static bool check_address(struct reader *reader, const struct place *place, const struct address *address)
{
    struct address again = {0};
    char *problem = NULL, *text = address_text(address, true);
    bool parsed = text != NULL && address_parse(text, &again, &problem);
    bool named = parsed && address_compare(address, &again) == 0;
    bool ok = named ||
              (parsed || problem != NULL ? invalid(reader, place, "\"%s\" is no address of a resource", text)
                                         : no_memory(reader));
    address_clear(&again);
    free(problem);
    free(text);
    return ok;
}

static bool read_resource(struct reader *reader, const struct place *place, struct json_object *object)
{
    static const char known[] = " module mode type name each provider instances ";
    const char *mode = NULL, *type = NULL, *name = NULL, *provider = NULL;
    struct json_object *module = NULL;
    struct address address = {0};
    if (!json_object_is_type(object, json_type_object))
        return invalid(reader, place, "this must be an object");
    if (!require_text(reader, place, object, "mode", &mode) ||
        !require_text(reader, place, object, "type", &type) ||
        !require_text(reader, place, object, "name", &name) ||
        !require_text(reader, place, object, "provider", &provider) ||
        !check_kind(reader, place, object, "module", json_type_string, &module) ||
        !read_mode(reader, place, mode, &address.mode))
        return false;
    if (module != NULL && *value_string(module) != '\0')
        return refuse_module(reader, place, value_string(module), type, name);
    address.type = strdup(type);
    address.name = strdup(name);
    bool done = address.type != NULL && address.name != NULL ? check_address(reader, place, &address)
                                                             : no_memory(reader);
    if (done && state_resource_find(reader->state, &address) != NULL)
        done = invalid(reader, place, "%s%s.%s is there already", address.mode == MODE_DATA ? "data." : "",
                       type, name);
    struct state_resource *resource = done ? state_resource_make(reader->state, &address, provider) : NULL;
    if (done && resource == NULL)
        done = no_memory(reader);
    done = done && read_instances(reader, place, object, resource) &&
           keep_rest(reader, object, known, &resource->rest);
    address_clear(&address);
    return done;
}

static bool read_resources(struct reader *reader, struct json_object *root)
{
    struct json_object *list = NULL;
    const struct place top = {0};
    if (!check_kind(reader, &top, root, "resources", json_type_array, &list))
        return false;
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        struct place up = below(&top, "resources"), at = {.up = &up, .index = i};
        if (!read_resource(reader, &at, json_object_array_get_idx(list, i)))
            return false;
        if (json_object_array_put_idx(list, i, NULL) != 0)
            return no_memory(reader);
    }
    return true;
}

static bool read_outputs(struct reader *reader, struct json_object *root)
{
    struct json_object *outputs = NULL;
    const struct place top = {0};
    struct place up = below(&top, "outputs");
    if (!check_kind(reader, &top, root, "outputs", json_type_object, &outputs))
        return false;
    if (outputs == NULL)
        return true;
    json_object_object_foreach(outputs, name, output)
    {
        struct place at = {.up = &up, .key = name};
        bool sensitive = false;
        if (!json_object_is_type(output, json_type_object))
            return invalid(reader, &at, "this must be an object");
        if (!read_truth(reader, &at, output, "sensitive", &sensitive))
            return false;
        struct typed value = {.value = json_object_get(json_object_object_get(output, "value")),
                              .type = json_object_get(json_object_object_get(output, "type"))};
        if (!typed_fits(&value)) {
            typed_clear(&value);
            return invalid(reader, &at, "its \"value\" is not of its \"type\"");
        }
        bool done = state_output_set(reader->state, name, &value, sensitive);
        typed_clear(&value);
        if (!done)
            return no_memory(reader);
    }
    return true;
}

/* --- the whole --- */

/* Whether this is a state at all, of the one format that is known. */
static bool check_format(struct reader *reader, struct json_object *root)
{
    const struct place top = {0};
    if (!json_object_is_type(root, json_type_object))
        return invalid(reader, &top, "a state is an object");
    if (json_object_object_get_ex(root, "encrypted_data", NULL)) {
        diagnostics_error(reader->diags, NULL, "The state is encrypted",
                          "%s was encrypted by OpenTofu, which alone can read it. Run OpenTofu, or let it "
                          "decrypt the state first (an \"encryption\" block with an \"unencrypted\" method).",
                          reader->file);
        return false;
    }
    struct json_object *version = json_object_object_get(root, "version");
    if (!json_object_is_type(version, json_type_int))
        return invalid(reader, &top, "\"version\", the number of its format, is missing");
    int64_t number = json_object_get_int64(version);
    if (number == FORMAT_VERSION)
        return true;
    struct json_object *writer = json_object_object_get(root, "terraform_version");
    const char *by = json_object_is_type(writer, json_type_string) ? value_string(writer) : "unknown";
    if (number > FORMAT_VERSION)
        diagnostics_error(reader->diags, NULL, "The state has a newer format",
                          "%s was written by Terraform %s in format %lld; this program knows format 4. Use a "
                          "newer version of it, or that Terraform.",
                          reader->file, by, (long long)number);
    else
        diagnostics_error(reader->diags, NULL, "The state has an older format",
                          "%s was written by Terraform %s in format %lld; this program knows format 4. Run "
                          "\"terraform apply -refresh-only\" once with a Terraform from 0.13 on, which "
                          "brings it up to date.",
                          reader->file, by, (long long)number);
    return false;
}

static bool read_root(struct reader *reader, struct json_object *root)
{
    static const char known[] = " version terraform_version serial lineage outputs resources ";
    const struct place top = {0};
    return check_format(reader, root) &&
           read_text(reader, &top, root, "terraform_version", &reader->state->terraform_version) &&
           read_whole(reader, &top, root, "serial", &reader->state->serial) &&
           read_text(reader, &top, root, "lineage", &reader->state->lineage) && read_outputs(reader, root) &&
           read_resources(reader, root) && keep_rest(reader, root, known, &reader->state->rest);
}

/* The tree of a text. False after an error. */
static bool read_tree(struct reader *reader, const char *text, size_t length, struct json_object **root)
{
    char *problem = NULL;
    bool done = value_from_text(text, length, root, &problem);
    if (!done && problem == NULL)
        diagnostics_no_memory(reader->diags);
    else if (!done)
        diagnostics_error(reader->diags, NULL, "The state can't be read",
                          "%s is not valid JSON: %s. Restore it from its backup.", reader->file, problem);
    free(problem);
    return done;
}

struct state *state_parse(const char *text, size_t length, const char *name, struct diagnostics *diags)
{
    struct reader reader = {.file = name, .diags = diags, .state = state_create()};
    struct json_object *root = NULL;
    if (reader.state == NULL) {
        diagnostics_no_memory(diags);
        return NULL;
    }
    /* Terraform, too, takes an empty file for no state yet: locking makes one. */
    bool done = length == 0 || (read_tree(&reader, text, length, &root) && read_root(&reader, root));
    json_object_put(root);
    if (done)
        return reader.state;
    state_destroy(reader.state);
    return NULL;
}
