/* SPDX-License-Identifier: Apache-2.0
 *
 * config_resource.c - resources, data sources and configurations of the provider: their own arguments apart
 * from those that every resource has.
 */
#include "config_reader.h"

#include "pointer.h"

#include <stdlib.h>
#include <string.h>

/* The members that every resource may have, and are no attributes. */
static const struct keyword meta_arguments[] = {
    {"count", NULL, NULL},
    {"for_each", NULL, NULL},
    {"depends_on", NULL, NULL},
    {"provider", NULL, NULL},
    {"lifecycle", NULL, NULL},
    {"provisioner", "Provisioners", "Run the command yourself after the apply."},
    {"connection", "Connections of provisioners", "Remove it."},
    {"dynamic", "Dynamic blocks", "The provider has attributes where others have blocks: write a list."}};

/* The meta arguments' own entry, or NULL. */
static const struct keyword *meta_argument(const char *name)
{
    for (size_t i = 0; i < sizeof meta_arguments / sizeof *meta_arguments; i++)
        if (strcmp(meta_arguments[i].name, name) == 0)
            return &meta_arguments[i];
    return NULL;
}

/* Says that a meta argument is not supported. */
static void refuse_meta(struct reader *reader, const struct place *place, const struct keyword *keyword)
{
    reader_refuse(reader, place, "Not supported by this program",
                  "%s (\"%s\") are not supported by this program. %s " TERRAFORM_RUNS, keyword->refuse,
                  keyword->name, keyword->advice);
}

/* The attributes of a body, without what `skip` tells to leave out. NULL after an error. */
static struct expression *read_body(struct reader *reader, struct json_object *json,
                                    const struct place *place, bool (*skip)(const char *name))
{
    char *pointer = place_pointer(place);
    struct expression *body = pointer != NULL ? body_create(reader->file, pointer) : NULL;
    bool ok = body != NULL;
    free(pointer);
    if (!ok)
        diagnostics_no_memory(reader->diags);
    json_object_object_foreach(json, name, member)
    {
        if (!ok || strcmp(name, "//") == 0 || skip(name))
            continue;
        struct place here = {place, name, 0};
        struct expression *value = place_expression(reader, member, &here);
        if (value == NULL)
            continue; /* said already; the others are read too */
        node_add_member(&body, strdup(name), NULL, value);
        ok = body != NULL;
        if (!ok)
            diagnostics_no_memory(reader->diags);
    }
    return body;
}

/* "provider": NAME or NAME.ALIAS. */
static void read_provider_name(struct reader *reader, struct json_object *body, const struct place *place,
                               char **name, char **alias)
{
    struct place here = {place, "provider", 0};
    char *text = body_string(reader, body, place, "provider");
    if (text == NULL)
        return;
    size_t length = identifier_length(text, strlen(text));
    bool dotted = text[length] == '.';
    if (length == 0 || (dotted ? !identifier_is(text + length + 1) : text[length] != '\0')) {
        reader_refuse(reader, &here, "Invalid provider configuration reference",
                      "\"%s\" is no configuration of a provider; write NAME or NAME.ALIAS.", text);
    } else {
        *name = strndup(text, length);
        *alias = dotted ? strdup(text + length + 1) : NULL;
        if (*name == NULL || (dotted && *alias == NULL))
            diagnostics_no_memory(reader->diags);
    }
    free(text);
}

/* Whether an attribute that ignore_changes names is there. A type that is not is told of elsewhere. */
static bool ignored_check(struct reader *reader, const struct place *place, const char *pointer,
                          const char *type)
{
    const struct schema *schema = schema_find(reader->schemas, SCHEMA_RESOURCE, type);
    char *name = strndup(pointer + 1, strcspn(pointer + 1, "/")), hint[HINT_SIZE];
    struct near near = {.wanted = name};
    bool ok = name != NULL;
    if (!ok)
        diagnostics_no_memory(reader->diags);
    for (size_t i = 0; ok && schema != NULL && i < schema->object.count; i++)
        near_offer(&near, schema->object.attributes[i].name);
    if (ok && schema != NULL && schema_attribute_find(&schema->object, name) == NULL)
        ok = reader_refuse(reader, place, "Unsupported attribute",
                           "\"ignore_changes\" names \"%s\", and %s has no such attribute.%s", name, type,
                           near_hint(&near, hint));
    free(name);
    return ok;
}

/* One element of ignore_changes, a path from the resource's attributes. */
static void read_ignored(struct reader *reader, struct json_object *json, const struct place *place,
                         struct config_resource *resource)
{
    const char *text = literal_text(reader, json, place, "An element of \"ignore_changes\"");
    char *pointer = text != NULL ? path_pointer(text) : NULL;
    if (text != NULL && pointer == NULL) {
        reader_refuse(reader, place, "Invalid ignore_changes element",
                      "\"%s\" is no attribute; write its name, or a part of it like tags[\"a\"].", text);
        return;
    }
    if (text == NULL || !ignored_check(reader, place, pointer, resource->address.type)) {
        free(pointer);
        return;
    }
    char **more = array_extend(reader, resource->ignore_changes, resource->ignore_count, sizeof *more);
    if (more == NULL) {
        free(pointer);
        return;
    }
    resource->ignore_changes = more;
    more[resource->ignore_count++] = pointer;
}

static void read_ignore_changes(struct reader *reader, struct json_object *body, const struct place *place,
                                struct config_resource *resource)
{
    struct place here = {place, "ignore_changes", 0};
    struct json_object *list = body_member(body, "ignore_changes");
    if (json_object_is_type(list, json_type_string) && strcmp(json_object_get_string(list), "all") == 0) {
        resource->ignore_all = true;
    } else if (json_object_is_type(list, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(list); i++) {
            struct place element = {&here, NULL, i};
            read_ignored(reader, json_object_array_get_idx(list, i), &element, resource);
        }
    } else if (list != NULL) {
        reader_refuse(reader, &here, "Invalid ignore_changes",
                      "\"ignore_changes\" must be an array of attribute names, or \"all\".");
    }
}

static void read_lifecycle(struct reader *reader, struct json_object *body, const struct place *place,
                           const char *const *labels)
{
    static const struct keyword keywords[] = {
        {"prevent_destroy", NULL, NULL},
        {"create_before_destroy", NULL, NULL},
        {"ignore_changes", NULL, NULL},
        {"replace_triggered_by", "Triggers of a replacement", "Use -replace=ADDRESS."},
        {"precondition", "Preconditions", "Remove them."},
        {"postcondition", "Postconditions", "Remove them."},
        {"action_trigger", "Triggers of actions", "Remove them."}};
    static const struct keyword of_data[] = {{"precondition", "Preconditions", "Remove them."},
                                             {"postcondition", "Postconditions", "Remove them."}};
    struct config_resource *resource = &reader->config->resources[reader->config->resource_count - 1];
    bool data = resource->address.mode == MODE_DATA;
    (void)labels;
    if (!keywords_check(reader, body, place, data ? of_data : keywords,
                        data ? sizeof of_data / sizeof *of_data : sizeof keywords / sizeof *keywords,
                        data ? "the \"lifecycle\" of a data source" : "a \"lifecycle\" block"))
        return;
    resource->prevent_destroy =
        body_boolean(reader, body, place, "prevent_destroy", resource->prevent_destroy);
    resource->create_before_destroy =
        body_boolean(reader, body, place, "create_before_destroy", resource->create_before_destroy);
    read_ignore_changes(reader, body, place, resource);
}

static bool is_meta(const char *name)
{
    return meta_argument(name) != NULL;
}

static void read_meta(struct reader *reader, struct json_object *body, const struct place *place,
                      struct config_resource *resource)
{
    struct json_object *lifecycle = body_member(body, "lifecycle");
    struct place here = {place, "lifecycle", 0}, each = {place, "for_each", 0};
    json_object_object_foreach(body, name, member)
    {
        const struct keyword *keyword = meta_argument(name);
        struct place at = {place, name, 0};
        (void)member;
        if (keyword != NULL && keyword->refuse != NULL)
            refuse_meta(reader, &at, keyword);
    }
    resource->count = body_expression(reader, body, place, "count");
    resource->for_each = body_expression(reader, body, place, "for_each");
    if (resource->count != NULL && resource->for_each != NULL)
        reader_refuse(
            reader, &each, "Invalid combination of \"count\" and \"for_each\"",
            "The \"count\" and \"for_each\" meta-arguments are mutually-exclusive, only one should be "
            "used to be explicit about the number of resources to be created.");
    read_provider_name(reader, body, place, &resource->provider_name, &resource->provider_alias);
    body_depends(reader, body, place, &resource->depends_on, &resource->depends_count);
    if (lifecycle != NULL)
        blocks_read(reader, lifecycle, &here, 0, "{\"lifecycle\": {…}}", read_lifecycle);
}

static void read_resource(struct reader *reader, struct json_object *body, const struct place *place,
                          const char *const *labels, enum resource_mode mode)
{
    struct config *config = reader->config;
    const char *what = mode == MODE_DATA ? "data source" : "resource";
    for (size_t i = 0; i < 2; i++)
        if (!identifier_is(labels[i])) {
            reader_refuse(
                reader, place, "Invalid name",
                "\"%s\" is no %s of a %s: it must start with a letter or underscore and may contain "
                "only letters, digits, underscores, and dashes.",
                labels[i], i == 0 ? "type" : "name", what);
            return;
        }
    struct config_resource *resources =
        array_extend(reader, config->resources, config->resource_count, sizeof *resources);
    if (resources == NULL)
        return;
    config->resources = resources;
    struct config_resource *resource = &resources[config->resource_count++];
    resource->address = (struct address){.mode = mode, .type = strdup(labels[0]), .name = strdup(labels[1])};
    if (resource->address.type == NULL || resource->address.name == NULL) {
        diagnostics_no_memory(reader->diags);
        return;
    }
    if (!origin_set(reader, place, &resource->origin))
        return;
    read_meta(reader, body, place, resource);
    resource->body = read_body(reader, body, place, is_meta);
}

static void read_managed(struct reader *reader, struct json_object *body, const struct place *place,
                         const char *const *labels)
{
    read_resource(reader, body, place, labels, MODE_MANAGED);
}

static void read_data(struct reader *reader, struct json_object *body, const struct place *place,
                      const char *const *labels)
{
    read_resource(reader, body, place, labels, MODE_DATA);
}

void resources_read(struct reader *reader, struct json_object *json, const struct place *place,
                    enum resource_mode mode)
{
    bool data = mode == MODE_DATA;
    blocks_read(reader, json, place, 2,
                data ? "{\"data\": {TYPE: {NAME: {…}}}}" : "{\"resource\": {TYPE: {NAME: {…}}}}",
                data ? read_data : read_managed);
}

static bool is_provider_meta(const char *name)
{
    return strcmp(name, "alias") == 0;
}

static bool is_provider_meta_or_version(const char *name)
{
    return is_provider_meta(name) || strcmp(name, "version") == 0;
}

/* Which version is wanted, where it stood before Terraform 0.13. */
static void read_old_version(struct reader *reader, struct json_object *body, const struct place *place)
{
    struct place here = {place, "version", 0};
    size_t first = reader->diags->count;
    char *pointer = place_pointer(&here);
    provider_version_read(reader, body_member(body, "version"), &here);
    diagnostics_warning(reader->diags, pointer,
                        "Version constraints inside provider configuration blocks are deprecated",
                        "Terraform will not read it there for ever; move it to required_providers.");
    diagnostics_locate(reader->diags, first, reader->file, NULL, NULL);
    free(pointer);
}

static void read_provider(struct reader *reader, struct json_object *body, const struct place *place,
                          const char *const *labels)
{
    struct config *config = reader->config;
    struct place alias = {place, "alias", 0};
    struct config_provider *providers =
        array_extend(reader, config->providers, config->provider_count, sizeof *providers);
    if (providers == NULL)
        return;
    config->providers = providers;
    struct config_provider *provider = &providers[config->provider_count++];
    provider->name = strdup(labels[0]);
    if (provider->name == NULL)
        diagnostics_no_memory(reader->diags);
    if (!origin_set(reader, place, &provider->origin))
        return;
    provider->alias = body_string(reader, body, place, "alias");
    if (provider->alias != NULL && !identifier_is(provider->alias))
        reader_refuse(reader, &alias, "Invalid provider configuration alias",
                      "\"%s\" is no name: it must start with a letter or underscore and may contain only "
                      "letters, digits, underscores, and dashes.",
                      provider->alias);
    bool version = schema_attribute_find(&reader->schemas->provider.object, "version") == NULL;
    if (version && json_object_object_get_ex(body, "version", NULL))
        read_old_version(reader, body, place);
    provider->body = read_body(reader, body, place, version ? is_provider_meta_or_version : is_provider_meta);
}

void providers_read(struct reader *reader, struct json_object *json, const struct place *place)
{
    blocks_read(reader, json, place, 1, "{\"provider\": {NAME: {…}}}", read_provider);
}
