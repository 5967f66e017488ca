/* SPDX-License-Identifier: Apache-2.0
 *
 * config_reference.c - whether what an expression refers to and calls is there: variables, local values,
 * resources and their attributes, functions. What can be told before anything is evaluated.
 */
#include "config_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One expression under check. */
struct check {
    struct reader *reader;
    const struct use *use;
};

static bool wants_hint(const struct check *check)
{
    if (*check->use->hints == 0)
        return false;
    (*check->use->hints)--;
    return true;
}

static void check_variable(const struct check *check, const struct expression *node)
{
    const struct config *config = check->reader->config;
    struct near near = {.wanted = node->name};
    char hint[HINT_SIZE];
    if (config_variable_find(config, node->name) != NULL)
        return;
    for (size_t i = 0; wants_hint(check) && i < config->variable_count; i++)
        near_offer(&near, config->variables[i].name);
    node_refuse(node, check->reader->diags, "Reference to undeclared input variable",
                "An input variable with the name \"%s\" has not been declared.%s It is declared by "
                "{\"variable\": {\"%s\": {}}}.",
                node->name, near_hint(&near, hint), node->name);
}

static void check_local(const struct check *check, const struct expression *node)
{
    const struct config *config = check->reader->config;
    struct near near = {.wanted = node->name};
    char hint[HINT_SIZE];
    if (config_local_find(config, node->name) != NULL)
        return;
    for (size_t i = 0; wants_hint(check) && i < config->local_count; i++)
        near_offer(&near, config->locals[i].name);
    node_refuse(node, check->reader->diags, "Reference to undeclared local value",
                "A local value with the name \"%s\" has not been declared.%s It is declared by {\"locals\": "
                "{\"%s\": …}}.",
                node->name, near_hint(&near, hint), node->name);
}

/* Names that are no resource types, but near to what somebody may have meant. */
static void offer_roots(struct near *near)
{
    static const char *const roots[] = {"var", "local", "data", "each", "count", "path", "terraform"};
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        near_offer(near, roots[i]);
}

static void refuse_resource(const struct check *check, const struct expression *node,
                            const struct address *address)
{
    const struct config *config = check->reader->config;
    char *text = address_text(address, true), hint[HINT_SIZE];
    struct near near = {.wanted = address->name}, root = {.wanted = address->type};
    bool type_used = false;
    if (text == NULL)
        return;
    bool wanted = wants_hint(check);
    for (size_t i = 0; wanted && i < config->resource_count; i++) {
        const struct address *other = &config->resources[i].address;
        if (other->mode != address->mode)
            continue;
        if (strcmp(other->type, address->type) == 0) {
            type_used = true;
            near_offer(&near, other->name);
        } else {
            near_offer(&root, other->type);
        }
    }
    if (!type_used && address->mode == MODE_MANAGED)
        offer_roots(&root);
    node_refuse(node, check->reader->diags, "Reference to undeclared resource",
                "A %s %s has not been declared in this configuration.%s",
                address->mode == MODE_DATA ? "data source" : "resource", text,
                near_hint(type_used ? &near : &root, hint));
    free(text);
}

static void refuse_attribute(const struct check *check, const struct expression *node, const char *of,
                             const struct schema_object *object, const char *name)
{
    struct near near = {.wanted = name};
    struct text names = {0};
    char hint[HINT_SIZE];
    for (size_t i = 0; i < object->count; i++) {
        near_offer(&near, object->attributes[i].name);
        text_add_format(&names, "%s%s", i > 0 ? ", " : "", object->attributes[i].name);
    }
    node_refuse(node, check->reader->diags, "Unsupported attribute",
                "This object has no attribute named \"%s\"; %s has: %s.%s", name, of,
                names.bytes != NULL ? names.bytes : "none", near_hint(&near, hint));
    text_clear(&names);
}

/* The steps behind a root, outermost last. */
enum { STEPS_MAX = NODE_DEPTH_MAX };
struct steps {
    const struct expression *root;
    size_t count;
    const struct expression *nodes[STEPS_MAX];
};

static void steps_open(struct steps *steps, const struct expression *node)
{
    size_t count = 0;
    const struct expression *root = node;
    while (root->kind == NODE_ATTRIBUTE || root->kind == NODE_INDEX || root->kind == NODE_SPLAT) {
        root = root->items[0];
        count++;
    }
    steps->root = root;
    steps->count = count < STEPS_MAX ? count : STEPS_MAX;
    for (size_t i = count; i-- > 0; node = node->items[0])
        if (i < STEPS_MAX)
            steps->nodes[i] = node;
}

/* Whether the attributes that the steps name are there, as far as types tell. */
static void check_members(const struct check *check, const struct schema_object *object, const char *of,
                          const struct steps *steps, size_t from)
{
    const struct schema_type *type = NULL;
    for (size_t i = from; i < steps->count; i++) {
        const struct expression *step = steps->nodes[i];
        if (step->kind == NODE_SPLAT)
            return;
        if (object != NULL && step->kind == NODE_ATTRIBUTE) {
            const struct schema_attribute *attribute = schema_attribute_find(object, step->name);
            if (attribute == NULL) {
                refuse_attribute(check, step, of, object, step->name);
                return;
            }
            type = &attribute->type;
            of = attribute->name;
        } else if (type != NULL && type->element != NULL) {
            type = type->element;
        } else {
            return;
        }
        object = type->object;
    }
}

static void refuse_key(const struct check *check, const struct config_resource *resource,
                       const struct expression *node)
{
    char *text = address_text(&resource->address, true);
    bool count = resource->count != NULL;
    if (text == NULL)
        return;
    if (count || resource->for_each != NULL)
        node_refuse(node, check->reader->diags, "Missing resource instance key",
                    "Because %s has \"%s\" set, its attributes must be accessed on specific instances: "
                    "%s[%s].%s for one of them, or %s[*].%s for all where \"count\" is set.",
                    text, count ? "count" : "for_each", text, count ? "count.index" : "each.key", node->name,
                    text, node->name);
    else
        node_refuse(
            node, check->reader->diags, "Unexpected resource instance key",
            "Because %s does not have \"count\" or \"for_each\" set, references to it must not "
            "include an index key. Remove the bracketed index to refer to the single instance of this "
            "resource.",
            text);
    free(text);
}

/* What follows a resource's name: a key where it has instances, then attributes. */
static void check_instances(const struct check *check, const struct config_resource *resource,
                            const struct steps *steps)
{
    enum schema_kind kind = resource->address.mode == MODE_DATA ? SCHEMA_DATA_SOURCE : SCHEMA_RESOURCE;
    const struct schema *schema = schema_find(check->reader->schemas, kind, resource->address.type);
    bool many = resource->count != NULL || resource->for_each != NULL;
    const struct expression *first = steps->count > 0 ? steps->nodes[0] : NULL;
    if (first == NULL || schema == NULL)
        return;
    if (many ? first->kind == NODE_ATTRIBUTE : first->kind == NODE_INDEX) {
        refuse_key(check, resource, first);
        return;
    }
    if (first->kind != NODE_SPLAT) {
        check_members(check, &schema->object, resource->address.type, steps, many);
    } else if (resource->for_each == NULL) {
        struct steps each = {0};
        steps_open(&each, first->items[1]);
        if (each.root->kind == NODE_ELEMENT)
            check_members(check, &schema->object, resource->address.type, &each, 0);
    }
}

static void check_resource(const struct check *check, const struct steps *steps)
{
    const struct expression *root = steps->root;
    struct address address = {.mode = root->reference == REFERENCE_DATA ? MODE_DATA : MODE_MANAGED,
                              .type = root->type,
                              .name = root->name};
    const struct config_resource *resource = config_resource_find(check->reader->config, &address);
    if (resource == NULL) {
        refuse_resource(check, root, &address);
        return;
    }
    if (resource == check->use->resource) {
        char *text = address_text(&address, true);
        node_refuse(root, check->reader->diags, "Self-referential block",
                    "Configuration for %s may not refer to itself.", text != NULL ? text : root->name);
        free(text);
        return;
    }
    check_instances(check, resource, steps);
}

/* "each", "count": only in a resource that has them. */
static void check_repetition(const struct check *check, const struct expression *node)
{
    const struct config_resource *resource = check->use->resource;
    bool each = node->reference == REFERENCE_EACH;
    bool named = each ? strcmp(node->name, "key") == 0 || strcmp(node->name, "value") == 0
                      : strcmp(node->name, "index") == 0;
    if (!named)
        node_refuse(node, check->reader->diags,
                    each ? "Invalid \"each\" attribute" : "Invalid \"count\" attribute",
                    each ? "The \"each\" object does not have an attribute named \"%s\". The supported "
                           "attributes are each.key and each.value."
                         : "The \"count\" object does not have an attribute named \"%s\". The only supported "
                           "attribute is count.index.",
                    node->name);
    else if (resource == NULL || check->use->repetition ||
             (each ? resource->for_each : resource->count) == NULL)
        node_refuse(
            node, check->reader->diags,
            each ? "Reference to \"each\" in context without for_each"
                 : "Reference to \"count\" in non-counted context",
            "The \"%s\" object can be used only in \"resource\" and \"data\" blocks, and only when the "
            "\"%s\" argument is set%s.",
            each ? "each" : "count", each ? "for_each" : "count",
            check->use->repetition ? "; not in that argument itself" : "");
}

static void check_fixed(const struct check *check, const struct expression *node)
{
    bool path = node->reference == REFERENCE_PATH;
    if (path ? strcmp(node->name, "module") == 0 || strcmp(node->name, "root") == 0 ||
                   strcmp(node->name, "cwd") == 0
             : strcmp(node->name, "workspace") == 0)
        return;
    node_refuse(
        node, check->reader->diags, path ? "Invalid \"path\" attribute" : "Invalid \"terraform\" attribute",
        path ? "There is no path.%s. The supported attributes are path.module, path.root and path.cwd."
             : "There is no terraform.%s. The only supported attribute is terraform.workspace.",
        node->name);
}

/* A call: provider, function and the number of arguments. */
static void check_call(const struct check *check, const struct expression *node)
{
    const struct schema_set *schemas = check->reader->schemas;
    const char *provider = check->reader->config->provider_name;
    const struct schema *schema = schema_find(schemas, SCHEMA_FUNCTION, node->name);
    struct near near = {.wanted = node->name};
    struct text names = {0};
    char hint[HINT_SIZE];
    size_t count = 0;
    if (strcmp(node->type, provider) != 0) {
        node_refuse(node, check->reader->diags, "Call to unknown function",
                    "No provider is named \"%s\" in required_providers; this one is called provider::%s::%s.",
                    node->type, provider, node->name);
        return;
    }
    for (size_t i = 0; schema == NULL && i < schemas->function_count; i++)
        near_offer(&near, schemas->functions[i].name);
    for (size_t i = 0; schema != NULL && i < schema->object.count; i++)
        if (!schema->object.attributes[i].read_only) {
            text_add_format(&names, "%s%s", count > 0 ? ", " : "", schema->object.attributes[i].name);
            count++;
        }
    if (schema == NULL)
        node_refuse(node, check->reader->diags, "Call to unknown function",
                    "The provider \"%s\" has no function named \"%s\".%s", provider, node->name,
                    near_hint(&near, hint));
    else if (node->count != count)
        node_refuse(node, check->reader->diags,
                    node->count < count ? "Not enough function arguments" : "Too many function arguments",
                    "provider::%s::%s takes %zu argument%s (%s), and is given %zu.", provider, node->name,
                    count, count == 1 ? "" : "s", names.bytes != NULL ? names.bytes : "none", node->count);
    text_clear(&names);
}

static void check_node(const struct check *check, const struct expression *node);

/* A reference with what follows it. */
static void check_traversal(const struct check *check, const struct expression *node)
{
    struct steps steps = {0};
    steps_open(&steps, node);
    switch (steps.root->kind != NODE_REFERENCE ? -1 : (int)steps.root->reference) {
    case REFERENCE_VARIABLE:
        check_variable(check, steps.root);
        break;
    case REFERENCE_LOCAL:
        check_local(check, steps.root);
        break;
    case REFERENCE_RESOURCE:
    case REFERENCE_DATA:
        check_resource(check, &steps);
        break;
    case REFERENCE_EACH:
    case REFERENCE_COUNT:
        check_repetition(check, steps.root);
        break;
    case REFERENCE_PATH:
    case REFERENCE_TERRAFORM:
        check_fixed(check, steps.root);
        break;
    default:
        check_node(check, steps.root);
    }
    for (size_t i = 0; i < steps.count; i++)
        if (steps.nodes[i]->kind != NODE_ATTRIBUTE)
            check_node(check, steps.nodes[i]->items[1]);
}

static void check_node(const struct check *check, const struct expression *node)
{
    if (node->kind == NODE_REFERENCE || node->kind == NODE_ATTRIBUTE || node->kind == NODE_INDEX ||
        node->kind == NODE_SPLAT) {
        check_traversal(check, node);
        return;
    }
    if (node->kind == NODE_CALL)
        check_call(check, node);
    for (size_t i = 0; i < node->count; i++) {
        if (node->keys != NULL && node->keys[i] != NULL)
            check_node(check, node->keys[i]);
        check_node(check, node->items[i]);
    }
}

void references_check(struct reader *reader, const struct use *use, const struct expression *expression)
{
    struct check check = {reader, use};
    if (expression != NULL)
        check_node(&check, expression);
}
