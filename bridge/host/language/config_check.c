/* SPDX-License-Identifier: Apache-2.0
 *
 * config_check.c - what hangs together in a configuration once all of its files are read: types and
 * attributes of the schemas, configurations of the provider, addresses that other blocks name.
 */
#include "config_reader.h"

#include "expression_access.h"

#include <stdlib.h>
#include <string.h>

/* How often the nearest name is looked for: each time all names are compared. */
enum { HINTS_MAX = 40 };

/* What the first provider that a resource type names would be. */
static size_t prefix_length(const char *type)
{
    return strcspn(type, "_");
}

static const struct schema *schema_of(const struct reader *reader, const struct config_resource *resource)
{
    return schema_find(reader->schemas,
                       resource->address.mode == MODE_DATA ? SCHEMA_DATA_SOURCE : SCHEMA_RESOURCE,
                       resource->address.type);
}

static void refuse_type(struct reader *reader, const struct config_resource *resource)
{
    const struct schema_set *schemas = reader->schemas;
    bool data = resource->address.mode == MODE_DATA;
    const char *type = resource->address.type;
    const struct schema *known = data ? schemas->data_sources : schemas->resources;
    size_t count = data ? schemas->data_source_count : schemas->resource_count;
    struct near near = {.wanted = type};
    char hint[HINT_SIZE];
    for (size_t i = 0; i < count; i++)
        near_offer(&near, known[i].name);
    /* The same name in the other mode is the likeliest mistake. */
    bool other = schema_find(schemas, data ? SCHEMA_RESOURCE : SCHEMA_DATA_SOURCE, type) != NULL;
    origin_refuse(
        &resource->origin, reader->diags, data ? "Invalid data source" : "Invalid resource type",
        "The provider %s does not support %s \"%s\".%s%s This program runs that provider alone; with "
        "others, Terraform itself runs these files.",
        schemas->address, data ? "data source" : "resource type", type,
        other ? (data ? " There is a resource of that name." : " There is a data source of that name.") : "",
        other ? "" : near_hint(&near, hint));
}

static bool has_configuration(const struct config *config, const char *alias)
{
    for (size_t i = 0; i < config->provider_count; i++)
        if (config->providers[i].alias != NULL && strcmp(config->providers[i].alias, alias) == 0)
            return true;
    return false;
}

/* Which configuration of the provider a resource uses. */
static void check_provider_name(struct reader *reader, const struct config_resource *resource)
{
    const struct config *config = reader->config;
    const char *name = config->provider_name, *type = resource->address.type;
    size_t prefix = prefix_length(type);
    if (resource->provider_name == NULL && (strlen(name) != prefix || strncmp(name, type, prefix) != 0)) {
        origin_refuse(&resource->origin, reader->diags, "Provider not named",
                      "Terraform takes \"%s\" for a resource of a provider that is called \"%.*s\", and "
                      "required_providers calls this one \"%s\". Add \"provider\": \"%s\" to the resource.",
                      type, (int)prefix, type, name, name);
    } else if (resource->provider_name != NULL && strcmp(resource->provider_name, name) != 0) {
        origin_refuse(
            &resource->origin, reader->diags, "Provider not supported",
            "\"%s\" asks for the provider \"%s\", and this program runs \"%s\" only. " TERRAFORM_RUNS, type,
            resource->provider_name, name);
    } else if (resource->provider_alias != NULL && !has_configuration(config, resource->provider_alias)) {
        origin_refuse(
            &resource->origin, reader->diags, "Provider configuration not present",
            "There is no configuration \"%s.%s\"; declare it by {\"provider\": {\"%s\": [{\"alias\": "
            "\"%s\", …}]}}.",
            name, resource->provider_alias, name, resource->provider_alias);
    }
}

static void check_depends(struct reader *reader, const struct origin *origin, const struct address *addresses,
                          size_t count)
{
    struct place list = {&(struct place){NULL, origin->pointer, 0}, "depends_on", 0};
    for (size_t i = 0; i < count; i++) {
        struct place here = {&list, NULL, i};
        if (config_resource_find(reader->config, &addresses[i]) != NULL)
            continue;
        char *text = address_text(&addresses[i], true);
        reader->file = origin->file;
        reader_refuse(reader, &here, "Reference to undeclared resource",
                      "\"depends_on\" names %s, which has not been declared in this configuration.",
                      text != NULL ? text : addresses[i].name);
        free(text);
    }
}

static void warn_member(struct reader *reader, const struct origin *origin, const struct place *place,
                        const char *name, const struct schema_object *object);

/* Members of nested objects that their schema does not know: dropped, as in Terraform, but not silently. */
static void check_literal(struct reader *reader, const struct origin *origin, const struct place *place,
                          const struct schema_type *type, struct json_object *value)
{
    if (type->element != NULL && json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            struct place here = {place, NULL, i};
            check_literal(reader, origin, &here, type->element, json_object_array_get_idx(value, i));
        }
    } else if (json_object_is_type(value, json_type_object) &&
               (type->object != NULL || type->element != NULL)) {
        json_object_object_foreach(value, key, member)
        {
            struct place here = {place, key, 0};
            const struct schema_attribute *attribute =
                type->object != NULL ? schema_attribute_find(type->object, key) : NULL;
            if (type->object != NULL && attribute == NULL)
                warn_member(reader, origin, &here, key, type->object);
            else
                check_literal(reader, origin, &here, attribute != NULL ? &attribute->type : type->element,
                              member);
        }
    }
}

static void warn_member(struct reader *reader, const struct origin *origin, const struct place *place,
                        const char *name, const struct schema_object *object)
{
    struct near near = {.wanted = name};
    char *pointer = place_pointer(place), hint[HINT_SIZE];
    size_t first = reader->diags->count;
    for (size_t i = 0; i < object->count; i++)
        near_offer(&near, object->attributes[i].name);
    diagnostics_warning(
        reader->diags, pointer, "Attribute without effect",
        "There is no attribute \"%s\" in this object, so it is ignored.%s Correct its spelling, "
        "or remove it.",
        name, near_hint(&near, hint));
    diagnostics_locate(reader->diags, first, origin->file, NULL, NULL);
    free(pointer);
}

/* The names of a body's attributes, and what they refer to. */
static void check_body(struct reader *reader, const struct origin *origin, const struct use *use,
                       const struct expression *body, const struct schema_object *object)
{
    const char *name = NULL;
    if (body == NULL)
        return;
    body_check_names(body, object, reader->diags);
    for (size_t i = 0; (name = expression_member_name(body, i)) != NULL; i++) {
        const struct schema_attribute *attribute = schema_attribute_find(object, name);
        const struct expression *item = body->items[i];
        struct place place = {NULL, item->pointer, 0};
        if (attribute != NULL && item->kind == NODE_LITERAL)
            check_literal(reader, origin, &place, &attribute->type, item->value);
    }
    references_check(reader, use, body);
}

static void check_resource(struct reader *reader, const struct config_resource *resource, unsigned *hints)
{
    const struct schema *schema = schema_of(reader, resource);
    size_t first = reader->diags->count;
    struct use use = {resource, false, hints}, repetition = {resource, true, hints};
    references_check(reader, &repetition, resource->count);
    references_check(reader, &repetition, resource->for_each);
    check_depends(reader, &resource->origin, resource->depends_on, resource->depends_count);
    if (schema == NULL) {
        refuse_type(reader, resource);
        references_check(reader, &use, resource->body);
    } else {
        check_provider_name(reader, resource);
        check_body(reader, &resource->origin, &use, resource->body, &schema->object);
    }
    if (reader->diags->count == first)
        return;
    char *address = address_text(&resource->address, true);
    diagnostics_locate(reader->diags, first, NULL, NULL, address);
    free(address);
}

static void check_providers(struct reader *reader, unsigned *hints)
{
    const struct config *config = reader->config;
    struct use use = {NULL, false, hints};
    for (size_t i = 0; i < config->provider_count; i++) {
        const struct config_provider *provider = &config->providers[i];
        if (strcmp(provider->name, config->provider_name) != 0)
            origin_refuse(
                &provider->origin, reader->diags, "Provider not supported",
                "\"%s\" is another provider than \"%s\" (%s), the only one that this program runs. Either "
                "correct the name, or remove the block. " TERRAFORM_RUNS,
                provider->name, config->provider_name, reader->schemas->address);
        else
            check_body(reader, &provider->origin, &use, provider->body, &reader->schemas->provider.object);
    }
    if (config->provider_source == NULL && (config->resource_count > 0 || config->provider_count > 0)) {
        const struct origin *origin =
            config->resource_count > 0 ? &config->resources[0].origin : &config->providers[0].origin;
        size_t first = reader->diags->count;
        diagnostics_warning(
            reader->diags, origin->pointer, "Provider not declared",
            "Without required_providers Terraform does not find this provider. Add {\"terraform\": "
            "{\"required_providers\": {\"%s\": {\"source\": \"%s\"}}}}.",
            config->provider_name, reader->schemas->address);
        diagnostics_locate(reader->diags, first, origin->file, NULL, NULL);
    }
}

static void check_values(struct reader *reader, unsigned *hints)
{
    const struct config *config = reader->config;
    struct use use = {NULL, false, hints};
    for (size_t i = 0; i < config->local_count; i++)
        references_check(reader, &use, config->locals[i].value);
    for (size_t i = 0; i < config->output_count; i++) {
        references_check(reader, &use, config->outputs[i].value);
        check_depends(reader, &config->outputs[i].origin, config->outputs[i].depends_on,
                      config->outputs[i].depends_count);
    }
}

static void check_import(struct reader *reader, const struct config_import *import, unsigned *hints)
{
    struct use use = {NULL, false, hints};
    const struct config_resource *resource = config_resource_find(reader->config, &import->to);
    char *text = address_text(&import->to, false);
    references_check(reader, &use, import->id);
    references_check(reader, &use, import->identity);
    if (resource == NULL)
        origin_refuse(
            &import->origin, reader->diags, "Configuration for import target does not exist",
            "The configuration for the given import %s does not exist. All target instances must have "
            "an associated configuration to be imported: declare the resource.",
            text != NULL ? text : "");
    else if ((resource->count != NULL || resource->for_each != NULL) && import->to.key == NULL)
        origin_refuse(&import->origin, reader->diags, "Invalid import target",
                      "%s has \"%s\" set; name one of its instances: %s[%s].", text != NULL ? text : "",
                      resource->count != NULL ? "count" : "for_each", text != NULL ? text : "",
                      resource->count != NULL ? "0" : "\"KEY\"");
    else if (resource->count == NULL && resource->for_each == NULL && import->to.key != NULL)
        origin_refuse(&import->origin, reader->diags, "Invalid import target",
                      "%s names an instance, and the resource has neither \"count\" nor \"for_each\".",
                      text != NULL ? text : "");
    free(text);
}

static int compare_pointers(const void *left, const void *right)
{
    return (left > right) - (left < right);
}

/* Of moved blocks: by where they come from, those of the same place as they are written. */
static int compare_from(const void *left, const void *right)
{
    const struct config_moved *a = *(const struct config_moved *const *)left;
    const struct config_moved *b = *(const struct config_moved *const *)right;
    int order = address_compare(&a->from, &b->from);
    return order != 0 ? order : compare_pointers(a, b);
}

static int compare_to(const void *left, const void *right)
{
    const struct config_moved *a = *(const struct config_moved *const *)left;
    const struct config_moved *b = *(const struct config_moved *const *)right;
    int order = address_compare(&a->to, &b->to);
    return order != 0 ? order : compare_pointers(a, b);
}

static int find_from(const void *address, const void *item)
{
    return address_compare(address, &(*(const struct config_moved *const *)item)->from);
}

/* Two moves from, or to, the same address. */
static void refuse_moved_twice(struct reader *reader, const struct config_moved *first,
                               const struct config_moved *second, bool from)
{
    char *text = address_text(from ? &second->from : &second->to, false),
         *place = origin_text(reader->config, &first->origin);
    origin_refuse(&second->origin, reader->diags, "Ambiguous move statements",
                  "A move %s %s was already declared at %s; an object has one way to go. Remove one.",
                  from ? "from" : "to", text != NULL ? text : "it", place != NULL ? place : "");
    free(text);
    free(place);
}

/* Moves in a circle. `sorted` is by compare_from(); `seen` has room for a number each, zeroed. */
static void check_moved_circles(struct reader *reader, const struct config_moved **sorted, size_t *seen)
{
    size_t count = reader->config->moved_count;
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        while (seen[at] == 0) {
            seen[at] = i + 1;
            const struct config_moved **next =
                bsearch(&sorted[at]->to, sorted, count, sizeof(*sorted), find_from);
            if (next == NULL)
                break;
            at = (size_t)(next - sorted);
            if (seen[at] != i + 1)
                continue;
            char *text = address_text(&sorted[at]->from, false);
            origin_refuse(
                &sorted[at]->origin, reader->diags, "Cyclic dependency in move statements",
                "What moves away from %s comes back to it in the end, so there is no place where it "
                "stays. Remove one of the moves.",
                text != NULL ? text : "here");
            free(text);
        }
    }
}

/* moved blocks: one way from each address, one to each, and none in a circle. */
static void check_moved(struct reader *reader)
{
    const struct config *config = reader->config;
    size_t count = config->moved_count, *seen = calloc(count + 1, sizeof *seen);
    const struct config_moved **sorted = calloc(count + 1, sizeof(*sorted));
    bool ok = seen != NULL && sorted != NULL, twice = false;
    if (!ok)
        diagnostics_no_memory(reader->diags);
    for (size_t i = 0; ok && i < count; i++)
        sorted[i] = &config->moved[i];
    for (int from = 0; ok && from <= 1; from++) {
        qsort(sorted, count, sizeof(*sorted), from ? compare_from : compare_to);
        for (size_t i = 1; i < count; i++) {
            const struct config_moved *first = sorted[i - 1], *second = sorted[i];
            bool same_from = address_compare(&first->from, &second->from) == 0;
            bool same_to = address_compare(&first->to, &second->to) == 0;
            /* The same move said twice is harmless. */
            if (same_from == same_to || (from ? same_to : same_from))
                continue;
            refuse_moved_twice(reader, first, second, from);
            twice = true;
        }
    }
    if (ok && !twice)
        check_moved_circles(reader, sorted, seen);
    free(sorted);
    free(seen);
}

static void check_removed(struct reader *reader)
{
    const struct config *config = reader->config;
    for (size_t i = 0; i < config->removed_count; i++) {
        const struct config_removed *removed = &config->removed[i];
        const struct config_resource *resource = config_resource_find(config, &removed->from);
        if (resource == NULL)
            continue;
        char *text = address_text(&removed->from, true), *place = origin_text(config, &resource->origin);
        origin_refuse(
            &removed->origin, reader->diags, "Removed resource still exists",
            "This statement declares that %s was removed, but it is still declared at %s. Remove the "
            "resource's block, or this one.",
            text != NULL ? text : "it", place != NULL ? place : "");
        free(text);
        free(place);
    }
}

void config_check(struct reader *reader)
{
    const struct config *config = reader->config;
    unsigned hints = HINTS_MAX;
    check_providers(reader, &hints);
    for (size_t i = 0; i < config->resource_count; i++)
        check_resource(reader, &config->resources[i], &hints);
    check_values(reader, &hints);
    for (size_t i = 0; i < config->import_count; i++)
        check_import(reader, &config->imports[i], &hints);
    check_moved(reader);
    check_removed(reader);
}
