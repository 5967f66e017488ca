/* SPDX-License-Identifier: Apache-2.0
 *
 * message_schema.c - the schemas as Terraform wants to see them. What a keyword of ours is called
 * there is decided here and nowhere else:
 *
 *   required      required
 *   readOnly      computed, and with it everything inside
 *   default       optional and computed: the provider may fill it in (of a provider's own settings
 *                 optional alone: nothing of them is stored)
 *   else          optional
 *
 * Objects, and lists, sets and maps of objects, are nested attributes; whatever is nested
 * in another way is a plain type.
 */
#include "../provider.h"
#include "message.h"

#include <string.h>

static Tfplugin6__Schema__Attribute **attributes(struct arena *arena, enum schema_kind kind,
                                                 const struct schema_object *object, bool computed);

static char *object_type(struct arena *arena, const struct schema_object *object)
{
    char *members = "";
    for (size_t i = 0; members && i < object->count; i++) {
        const char *type = message_type(arena, &object->attributes[i].type);
        members = type ? arena_format(arena, "%s%s\"%s\":%s", members, i ? "," : "",
                                      object->attributes[i].name, type)
                       : NULL;
    }
    return members ? arena_format(arena, "[\"object\",{%s}]", members) : NULL;
}

char *message_type(struct arena *arena, const struct schema_type *type)
{
    static const char *const collections[] = {[TYPE_LIST] = "list", [TYPE_SET] = "set", [TYPE_MAP] = "map"};
    const char *element;
    switch (type->kind) {
    case TYPE_STRING:
        return "\"string\"";
    case TYPE_INTEGER:
    case TYPE_NUMBER:
        return "\"number\"";
    case TYPE_BOOLEAN:
        return "\"bool\"";
    case TYPE_OBJECT:
        return object_type(arena, type->object);
    default:
        element = message_type(arena, type->element);
        return element ? arena_format(arena, "[\"%s\",%s]", collections[type->kind], element) : NULL;
    }
}

static ProtobufCBinaryData type_bytes(struct arena *arena, const struct schema_type *type)
{
    char *text = message_type(arena, type);
    return (ProtobufCBinaryData){.data = (uint8_t *)text, .len = text ? strlen(text) : 0};
}

/* The object that a nested attribute consists of, and how; NULL where a plain type will do. */
static const struct schema_object *nested_object(const struct schema_type *type,
                                                 Tfplugin6__Schema__Object__NestingMode *nesting)
{
    switch (type->kind) {
    case TYPE_OBJECT:
        *nesting = TFPLUGIN6__SCHEMA__OBJECT__NESTING_MODE__SINGLE;
        return type->object;
    case TYPE_LIST:
        *nesting = TFPLUGIN6__SCHEMA__OBJECT__NESTING_MODE__LIST;
        return type->element->object;
    case TYPE_SET:
        *nesting = TFPLUGIN6__SCHEMA__OBJECT__NESTING_MODE__SET;
        return type->element->object;
    case TYPE_MAP:
        *nesting = TFPLUGIN6__SCHEMA__OBJECT__NESTING_MODE__MAP;
        return type->element->object;
    default:
        return NULL;
    }
}

static void fill_attribute(struct arena *arena, enum schema_kind kind,
                           const struct schema_attribute *attribute, bool computed,
                           Tfplugin6__Schema__Attribute *message)
{
    computed = computed || attribute->read_only;
    message->name = attribute->name;
    message->description = attribute->description;
    message->description_kind = TFPLUGIN6__STRING_KIND__MARKDOWN;
    message->required = !computed && attribute->required;
    message->optional = !computed && !attribute->required;
    message->computed =
        computed || (attribute->has_default && !attribute->required && kind != SCHEMA_PROVIDER);
    message->sensitive = attribute->sensitive;
    message->deprecated = attribute->deprecated;
    Tfplugin6__Schema__Object__NestingMode nesting;
    const struct schema_object *object = nested_object(&attribute->type, &nesting);
    if (!object) {
        message->type = type_bytes(arena, &attribute->type);
        return;
    }
    message->nested_type = message_new(arena, &tfplugin6__schema__object__descriptor);
    if (!message->nested_type)
        return;
    message->nested_type->nesting = nesting;
    message->nested_type->attributes = attributes(arena, kind, object, computed);
    message->nested_type->n_attributes = message->nested_type->attributes ? object->count : 0;
}

static Tfplugin6__Schema__Attribute **attributes(struct arena *arena, enum schema_kind kind,
                                                 const struct schema_object *object, bool computed)
{
    Tfplugin6__Schema__Attribute **list =
        message_array(arena, object->count, &tfplugin6__schema__attribute__descriptor);
    for (size_t i = 0; list && i < object->count; i++)
        fill_attribute(arena, kind, &object->attributes[i], computed, list[i]);
    return list;
}

Tfplugin6__Schema *message_schema(struct arena *arena, const struct schema *schema)
{
    Tfplugin6__Schema *message = message_new(arena, &tfplugin6__schema__descriptor);
    Tfplugin6__Schema__Block *block = message_new(arena, &tfplugin6__schema__block__descriptor);
    if (!message || !block)
        return NULL;
    message->version = schema->version;
    message->block = block;
    block->version = schema->version;
    block->description = schema->description ? schema->description : "";
    block->description_kind = TFPLUGIN6__STRING_KIND__MARKDOWN;
    block->deprecated = schema->deprecated;
    block->attributes = attributes(arena, schema->kind, &schema->object, false);
    block->n_attributes = block->attributes ? schema->object.count : 0;
    return message;
}

Tfplugin6__Function *message_function(struct arena *arena, const struct schema *schema)
{
    const struct schema_attribute *result = schema_result(schema), **parameters;
    size_t count = schema_parameters(schema, NULL, 0);
    parameters = arena_zeroed(arena, count, sizeof(const struct schema_attribute *));
    Tfplugin6__Function *message = message_new(arena, &tfplugin6__function__descriptor);
    Tfplugin6__Function__Return *returns = message_new(arena, &tfplugin6__function__return__descriptor);
    Tfplugin6__Function__Parameter **list =
        message_array(arena, count, &tfplugin6__function__parameter__descriptor);
    if (!message || !returns || !parameters || (count && !list))
        return NULL;
    schema_parameters(schema, parameters, count);
    message->summary = schema->title ? schema->title : "";
    message->description = schema->description ? schema->description : "";
    message->description_kind = TFPLUGIN6__STRING_KIND__MARKDOWN;
    if (schema->deprecated)
        message->deprecation_message = "This function is deprecated.";
    returns->type = type_bytes(arena, &result->type);
    message->return_ = returns;
    for (size_t i = 0; i < count; i++) {
        list[i]->name = parameters[i]->name;
        list[i]->type = type_bytes(arena, &parameters[i]->type);
        list[i]->allow_null_value = !parameters[i]->required;
        list[i]->description = parameters[i]->description;
        list[i]->description_kind = TFPLUGIN6__STRING_KIND__MARKDOWN;
    }
    message->parameters = list;
    message->n_parameters = count;
    return message;
}

Tfplugin6__ResourceIdentitySchema *message_identity_schema(struct arena *arena, const struct schema *schema)
{
    size_t count = schema->identity_count;
    Tfplugin6__ResourceIdentitySchema *message =
        message_new(arena, &tfplugin6__resource_identity_schema__descriptor);
    Tfplugin6__ResourceIdentitySchema__IdentityAttribute **list =
        message_array(arena, count, &tfplugin6__resource_identity_schema__identity_attribute__descriptor);
    if (!message || !list)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const struct schema_attribute *attribute = schema->identity[i];
        list[i]->name = attribute->name;
        list[i]->type = type_bytes(arena, &attribute->type);
        list[i]->required_for_import = provider_identity_required(schema, attribute);
        list[i]->optional_for_import = !list[i]->required_for_import;
        list[i]->description = attribute->description;
    }
    message->identity_attributes = list;
    message->n_identity_attributes = count;
    return message;
}
