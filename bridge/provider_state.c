/* SPDX-License-Identifier: Apache-2.0
 *
 * provider_state.c - states that come about without reading the object: from an import ID or an identity,
 * from another provider's state, from an older version.
 */
#include "plan.h"
#include "provider_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One step through a template: the literal text before the next placeholder, and its attribute. */
struct template_part {
    const char *literal;
    size_t literal_length;
    const char *name; /* NULL at the end */
    size_t name_length;
};

static struct template_part template_next(const char **template)
{
    struct template_part part = {.literal = *template};
    part.literal_length = strcspn(*template, "{");
    *template += part.literal_length;
    if (**template == '{') {
        part.name = *template + 1;
        part.name_length = strcspn(part.name, "}");
        *template = part.name + part.name_length;
        *template += **template == '}';
    }
    return part;
}

static const struct schema_attribute *part_attribute(const struct schema *schema,
                                                     const struct template_part *part)
{
    for (size_t i = 0; part->name != NULL && i < schema->object.count; i++) {
        const struct schema_attribute *attribute = &schema->object.attributes[i];
        if (strlen(attribute->name) == part->name_length &&
            memcmp(attribute->name, part->name, part->name_length) == 0)
            return attribute;
    }
    return NULL;
}

/* Text as a value of an attribute: a string as it is, an enum's in the schema's spelling; all else as JSON
 * writes it. NULL: it is none. */
static struct json_object *value_of_text(const struct schema_type *type, const char *text)
{
    struct json_object *value = NULL;
    char *problem = NULL;
    if (type->kind == TYPE_STRING) {
        const char *spelling = schema_enum_spelling(type, text);
        return json_object_new_string(spelling != NULL ? spelling : text);
    }
    /* JSON has white space around a value, an ID has none. */
    if (strpbrk(text, " \t\r\n") == NULL)
        value_from_text(text, strlen(text), &value, &problem);
    free(problem);
    return value;
}

/* Puts text into an attribute and checks it. */
static bool set_from_text(struct json_object *object, const struct schema_attribute *attribute,
                          const char *text, struct diagnostics *diags)
{
    struct json_object *value = value_of_text(&attribute->type, text);
    if (value == NULL && attribute->type.kind == TYPE_STRING) {
        diagnostics_no_memory(diags);
        return false;
    }
    if (value == NULL) {
        diagnostics_error(diags, attribute->name, "Invalid import ID", "\"%s\" is no value for %s.", text,
                          attribute->name);
        return false;
    }
    if (!schema_validate_value(attribute, value, attribute->name, diags)) {
        json_object_put(value);
        return false;
    }
    if (json_object_object_add(object, attribute->name, value) == 0)
        return true;
    json_object_put(value);
    diagnostics_no_memory(diags);
    return false;
}

/* The end of what a placeholder takes: up to the literal that follows it, the last one all the rest.
 * NULL where that literal does not come. */
static const char *capture_end(const char *id, const char *rest_of_template)
{
    struct template_part next = template_next(&rest_of_template);
    if (next.literal_length == 0 && next.name == NULL)
        return id + strlen(id);
    return memmem(id, strlen(id), next.literal, next.literal_length);
}

/* Matches an ID with a template. Returns the object, or NULL: with errors when the shape fits and a value
 * does not, with *matched false when the shape does not fit. */
static struct json_object *match_template(const struct schema *schema, const char *template, const char *id,
                                          bool *matched, struct diagnostics *diags)
{
    struct json_object *object = json_object_new_object();
    bool ok = object != NULL;
    *matched = !ok;
    if (!ok) {
        diagnostics_no_memory(diags);
        return NULL;
    }
    while (*template != '\0' || *id != '\0') {
        struct template_part part = template_next(&template);
        if (strncmp(id, part.literal, part.literal_length) != 0 ||
            (part.name == NULL && id[part.literal_length]))
            goto no_match;
        id += part.literal_length;
        if (part.name == NULL)
            break;
        const char *end = capture_end(id, template);
        if (end == NULL || end == id)
            goto no_match;
        char *text = strndup(id, (size_t)(end - id));
        const struct schema_attribute *attribute = part_attribute(schema, &part);
        if (text == NULL)
            diagnostics_no_memory(diags);
        ok = text != NULL && attribute != NULL && set_from_text(object, attribute, text, diags) && ok;
        free(text);
        id = end;
    }
    *matched = true;
    if (ok)
        return object;
no_match:
    json_object_put(object);
    return NULL;
}

/* Says which forms an ID has, and what was wrong with the one that fits best, if any. */
static void explain_templates(const struct schema *schema, const char *id, const struct diagnostics *last,
                              struct diagnostics *diags)
{
    char *forms = NULL;
    size_t size = 0;
    FILE *text = open_memstream(&forms, &size);
    for (size_t i = 0; text != NULL && i < schema->import_count; i++)
        fprintf(text, "%s%s", i > 0 ? ", or " : "", schema->imports[i]);
    if (text != NULL)
        fclose(text);
    diagnostics_error(diags, last->count > 0 ? last->items[0].attribute : NULL, "Invalid import ID",
                      "\"%s\" is not of the form %s.%s%s", id,
                      forms != NULL ? forms : "that the documentation of this resource type names",
                      last->count > 0 ? " " : "", last->count > 0 ? last->items[0].detail : "");
    free(forms);
}

bool provider_import(struct provider *provider, const char *type, const char *id, struct json_object **state,
                     struct diagnostics *diags)
{
    const struct schema *schema = provider_resource(provider, type, diags);
    if (schema == NULL)
        return false;
    if (schema->import_count == 0) {
        diagnostics_error(diags, NULL, "Import is not supported", "%s has no import ID.", type);
        return false;
    }
    struct diagnostics last = {0}; /* of the last template whose shape fits */
    struct json_object *object = NULL;
    for (size_t i = 0; object == NULL && i < schema->import_count; i++) {
        struct diagnostics found = {0};
        bool matched = false;
        object = match_template(schema, schema->imports[i], id, &matched, &found);
        if (matched) {
            diagnostics_clear(&last);
            last = found;
        } else {
            diagnostics_clear(&found);
        }
    }
    *state = object != NULL ? plan_conform(&schema->object, object) : NULL;
    if (object != NULL && *state == NULL)
        diagnostics_no_memory(diags);
    else if (object == NULL)
        explain_templates(schema, id, &last, diags);
    diagnostics_clear(&last);
    json_object_put(object);
    return *state != NULL;
}

/* The template with the fewest placeholders: what is needed at least to find an object. */
static const char *shortest_template(const struct schema *schema)
{
    const char *shortest = NULL;
    size_t fewest = SIZE_MAX;
    for (size_t i = 0; i < schema->import_count; i++) {
        size_t count = 0;
        for (const char *c = schema->imports[i]; *c != '\0'; c++)
            count += *c == '{';
        if (count < fewest) {
            fewest = count;
            shortest = schema->imports[i];
        }
    }
    return shortest;
}

char *provider_import_id(const struct schema *schema, const struct json_object *object)
{
    const char *template = shortest_template(schema);
    char *id = NULL;
    size_t size = 0;
    if (template == NULL)
        return NULL;
    FILE *text = open_memstream(&id, &size);
    bool ok = text != NULL;
    while (ok && *template != '\0') {
        struct template_part part = template_next(&template);
        fwrite(part.literal, 1, part.literal_length, text);
        const struct schema_attribute *attribute = part_attribute(schema, &part);
        struct json_object *value = attribute != NULL ? provider_member(object, attribute->name) : NULL;
        if (part.name == NULL)
            break;
        ok = value != NULL && !value_is_unknown(value);
        if (ok)
            fputs(json_object_get_string(value), text);
    }
    if (text != NULL && fclose(text) != 0)
        ok = false;
    if (ok)
        return id;
    free(id);
    return NULL;
}

bool provider_identity_required(const struct schema *schema, const struct schema_attribute *attribute)
{
    const char *template = shortest_template(schema);
    while (template != NULL && *template != '\0') {
        struct template_part part = template_next(&template);
        if (part_attribute(schema, &part) == attribute)
            return true;
    }
    return false;
}

static bool is_identity(const struct schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->identity_count; i++)
        if (strcmp(schema->identity[i]->name, name) == 0)
            return true;
    return false;
}

/* Copies a value that came from outside into an attribute, an enum's value in the schema's spelling, and
 * checks it. Null stays away. */
static bool adopt_value(struct json_object *object, const struct schema_attribute *attribute,
                        struct json_object *given, struct diagnostics *diags)
{
    bool ok = true;
    if (given == NULL)
        return true;
    const char *spelling = json_object_is_type(given, json_type_string)
                               ? schema_enum_spelling(&attribute->type, json_object_get_string(given))
                               : NULL;
    struct json_object *value = spelling != NULL ? json_object_new_string(spelling) : value_copy(given, &ok);
    ok = ok && value != NULL;
    if (ok && !schema_validate_value(attribute, value, attribute->name, diags)) {
        json_object_put(value);
        return false;
    }
    if (ok && json_object_object_add(object, attribute->name, value) == 0)
        return true;
    json_object_put(value);
    diagnostics_no_memory(diags);
    return false;
}

bool provider_import_identity(struct provider *provider, const char *type, struct json_object *identity,
                              struct json_object **state, struct diagnostics *diags)
{
    const struct schema *schema = provider_resource(provider, type, diags);
    *state = NULL;
    if (schema == NULL)
        return false;
    struct json_object *object = json_object_new_object();
    bool ok = object != NULL;
    if (!ok)
        diagnostics_no_memory(diags);
    for (size_t i = 0; ok && i < schema->identity_count; i++) {
        const struct schema_attribute *attribute = schema->identity[i];
        struct json_object *value = provider_member(identity, attribute->name);
        if (value == NULL && provider_identity_required(schema, attribute)) {
            diagnostics_error(diags, attribute->name, "Incomplete identity",
                              "The identity of a %s needs \"%s\".", type, attribute->name);
            ok = false;
        }
        ok = ok && adopt_value(object, attribute, value, diags);
    }
    json_object_object_foreach(identity, name, ignored)
    {
        (void)ignored;
        if (!is_identity(schema, name)) {
            diagnostics_error(diags, name, "Unknown identity attribute",
                              "The identity of a %s has no \"%s\".", type, name);
            ok = false;
        }
    }
    if (ok && (*state = plan_conform(&schema->object, object)) == NULL)
        diagnostics_no_memory(diags);
    json_object_put(object);
    return *state != NULL;
}

struct json_object *provider_identity(struct provider *provider, const char *type, struct json_object *state)
{
    const struct schema *schema = schema_find(provider->schemas, SCHEMA_RESOURCE, type);
    if (schema == NULL || schema->identity_count == 0 || state == NULL)
        return NULL;
    struct json_object *identity = json_object_new_object();
    bool ok = identity != NULL;
    for (size_t i = 0; ok && i < schema->identity_count; i++) {
        const char *name = schema->identity[i]->name;
        const struct json_object *known = provider_member(state, name);
        struct json_object *value = value_copy(known, &ok);
        ok = ok && known != NULL && !value_has_unknown(known);
        if (!ok || json_object_object_add(identity, name, value) != 0) {
            json_object_put(value);
            ok = false;
        }
    }
    if (ok)
        return identity;
    json_object_put(identity);
    return NULL;
}

/* Whether "HOST/NAMESPACE/TYPE" is "NAMESPACE/TYPE" on any registry host. */
static bool same_provider(const char *address, const char *namespace_and_type)
{
    const char *slash = strchr(address, '/');
    return strcmp(address, namespace_and_type) == 0 ||
           (slash != NULL && strcmp(slash + 1, namespace_and_type) == 0);
}

static const struct schema_moved_from *find_move(const struct schema *schema, const char *source_provider,
                                                 const char *source_type)
{
    for (size_t i = 0; i < schema->moved_count; i++)
        if (same_provider(source_provider, schema->moved[i].provider) &&
            strcmp(source_type, schema->moved[i].type) == 0)
            return &schema->moved[i];
    return NULL;
}

bool provider_move(struct provider *provider, const char *source_provider, const char *source_type,
                   struct json_object *source, const char *type, struct json_object **state,
                   struct diagnostics *diags)
{
    const struct schema *schema = provider_resource(provider, type, diags);
    *state = NULL;
    if (schema == NULL)
        return false;
    const struct schema_moved_from *move = find_move(schema, source_provider, source_type);
    if (move == NULL) {
        diagnostics_error(
            diags, NULL, "Move is not supported",
            "%s can't take over the state of a %s of %s. Remove the moved block, and import the object.",
            type, source_type, source_provider);
        return false;
    }
    struct json_object *object = json_object_new_object();
    bool ok = object != NULL;
    if (!ok)
        diagnostics_no_memory(diags);
    for (size_t i = 0; ok && i < move->count; i++) {
        const struct schema_attribute *attribute =
            schema_attribute_find(&schema->object, move->attributes[i].target);
        ok = adopt_value(object, attribute, provider_member(source, move->attributes[i].source), diags);
    }
    if (ok && (*state = plan_conform(&schema->object, object)) == NULL)
        diagnostics_no_memory(diags);
    json_object_put(object);
    return *state != NULL;
}

/* Has the plugin turn an older state into this version's. A new tree, NULL after an error. */
static struct json_object *upgrade_by_plugin(struct provider *provider, const struct schema *schema,
                                             int64_t version, struct json_object *saved,
                                             struct diagnostics *diags)
{
    const struct schema_callback *upgrade = schema->callbacks[CALLBACK_UPGRADE];
    struct json_object *upgraded = NULL;
    char *text = value_to_text(saved);
    if (text == NULL) {
        diagnostics_no_memory(diags);
        return NULL;
    }
    struct call_frame frame = {.state_in = text, .version = version};
    enum call_outcome outcome = provider_call(provider, upgrade, &frame, diags);
    if (outcome == CALL_DONE) {
        upgraded = frame.state;
        frame.state = NULL;
    }
    if (upgraded == NULL && outcome != CALL_FAILED && outcome != CALL_INVALID)
        diagnostics_error(diags, NULL, "State can't be upgraded", "%s handed out no state for version %lld.",
                          upgrade->symbol, (long long)version);
    call_frame_clear(&frame);
    free(text);
    return upgraded;
}

bool provider_upgrade(struct provider *provider, const char *type, int64_t version, struct json_object *saved,
                      struct json_object **state, struct diagnostics *diags)
{
    const struct schema *schema = provider_resource(provider, type, diags);
    struct json_object *upgraded = NULL;
    *state = NULL;
    if (schema == NULL)
        return false;
    if (version > schema->version) {
        diagnostics_error(
            diags, NULL, "State is of a newer provider",
            "The state of this %s has version %lld, this provider knows versions up to %lld. Install the "
            "provider that wrote it, or a newer one.",
            type, (long long)version, (long long)schema->version);
        return false;
    }
    if (version < schema->version && schema->callbacks[CALLBACK_UPGRADE] != NULL) {
        upgraded = upgrade_by_plugin(provider, schema, version, saved, diags);
        if (upgraded == NULL)
            return false;
    }
    *state = plan_conform(&schema->object, upgraded != NULL ? upgraded : saved);
    if (*state == NULL)
        diagnostics_no_memory(diags);
    json_object_put(upgraded);
    return *state != NULL;
}
