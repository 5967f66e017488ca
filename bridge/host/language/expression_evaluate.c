/* SPDX-License-Identifier: Apache-2.0
 *
 * expression_evaluate.c - from a tree and a scope to a value. What attributes, indexes and splats do is
 * expression_access.c's part.
 */
#include "expression_access.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

bool evaluation_refuse_memory(struct evaluation *evaluation)
{
    diagnostics_no_memory(evaluation->diags);
    return false;
}

static bool evaluate_literal(struct evaluation *evaluation, const struct expression *node, struct typed *out)
{
    out->value = json_object_get(node->value);
    out->type = type_of_literal(node->value);
    return out->type != NULL || evaluation_refuse_memory(evaluation);
}

/* Adds a share; false without memory. */
static bool append(struct json_object *array, struct json_object *value)
{
    if (json_object_array_add(array, json_object_get(value)) == 0)
        return true;
    json_object_put(value);
    return false;
}

static bool put(struct json_object *object, const char *name, struct json_object *value)
{
    if (json_object_object_add(object, name, json_object_get(value)) == 0)
        return true;
    json_object_put(value);
    return false;
}

static bool evaluate_tuple(struct evaluation *evaluation, const struct expression *node, struct typed *out)
{
    struct json_object *types = json_object_new_array_ext((int)node->count + 1);
    out->value = json_object_new_array_ext((int)node->count + 1);
    bool memory = out->value != NULL && types != NULL, ok = memory;
    for (size_t i = 0; ok && i < node->count; i++) {
        struct typed element = {0};
        ok = evaluate(evaluation, node->items[i], &element);
        memory = !ok || (append(out->value, element.value) && append(types, element.type) &&
                         marks_put_element(&out->marks, i, element.marks));
        ok = ok && memory;
        typed_clear(&element);
    }
    if (ok) {
        out->type = type_of("tuple", types);
        memory = out->type != NULL;
    } else {
        json_object_put(types);
    }
    return memory ? ok : evaluation_refuse_memory(evaluation);
}

/* The name of a member: as written, or evaluated (*owned holds it then). NULL after an error, and where it is
 * not known yet. */
static const char *member_name(struct evaluation *evaluation, const struct expression *node, size_t index,
                               struct typed *owned)
{
    if (node->names[index] != NULL)
        return node->names[index];
    if (!evaluate(evaluation, node->keys[index], owned))
        return NULL;
    if (marks_any(owned->marks))
        node_refuse(node, evaluation->diags, "Sensitive key",
                    "The key of a member is sensitive, and keys are shown; use another value.");
    else if (json_object_is_type(owned->value, json_type_string))
        return json_object_get_string(owned->value);
    else if (!value_is_unknown(owned->value))
        node_refuse(node, evaluation->diags, "Invalid key", "The key of a member must be a string, not %s.",
                    type_noun(owned->type, owned->value));
    return NULL;
}

/* Of members with the same name the last one counts inside of a string; in JSON, where a template can make
 * them alike, there may be one. */
static bool once(struct evaluation *evaluation, const struct expression *node, size_t index, const char *name,
                 const struct typed *object)
{
    const struct expression *item = node->items[index];
    bool json = item->pointer != node->pointer;
    return !json || !json_object_object_get_ex(object->value, name, NULL) ||
           node_refuse(item, evaluation->diags, "Duplicate object attribute",
                       "An attribute named \"%s\" was already defined; give it once.", name);
}

/* An object one of whose keys is not known yet: nothing is known of it. */
static bool unknown_object(struct typed *out)
{
    struct json_object *marks = marks_any(out->marks) ? marks_all() : NULL;
    bool ok = marks != NULL || !marks_any(out->marks);
    typed_clear(out);
    *out = (struct typed){value_unknown(), type_named("dynamic"), marks};
    return ok && out->value != NULL && out->type != NULL;
}

static bool evaluate_object(struct evaluation *evaluation, const struct expression *node, struct typed *out)
{
    struct json_object *types = json_object_new_object();
    out->value = json_object_new_object();
    bool memory = out->value != NULL && types != NULL, ok = memory, unknown = false;
    for (size_t i = 0; ok && i < node->count; i++) {
        struct typed member = {0}, owned = {0};
        const char *name = member_name(evaluation, node, i, &owned);
        bool open = name == NULL && value_is_unknown(owned.value) && !marks_any(owned.marks);
        unknown = unknown || open;
        /* What stands at such a key is looked at too, for its errors and marks. */
        ok = open || (name != NULL && once(evaluation, node, i, name, out));
        ok = ok && evaluate(evaluation, node->items[i], &member);
        name = name != NULL ? name : "";
        memory = !ok || (put(out->value, name, member.value) && put(types, name, member.type) &&
                         marks_put_member(&out->marks, name, member.marks));
        ok = ok && memory;
        typed_clear(&member);
        typed_clear(&owned);
    }
    if (ok && unknown) {
        json_object_put(types);
        memory = unknown_object(out);
    } else if (ok) {
        out->type = type_of("object", types);
        memory = out->type != NULL;
    } else {
        json_object_put(types);
    }
    return memory ? ok : evaluation_refuse_memory(evaluation);
}

/* One part of a template; *unknown turns true where nothing can be added yet. */
static bool add_part(struct evaluation *evaluation, const struct expression *node, const struct typed *part,
                     struct text *text, bool *unknown)
{
    if (value_is_unknown(part->value)) {
        *unknown = true;
        if (type_is(part->type, "dynamic") || type_is_primitive(part->type))
            return true;
    } else if (part->value == NULL) {
        return node_refuse(node, evaluation->diags, "Invalid template interpolation value",
                           "What is put into the string is null, and null has no text. Give it a value, or "
                           "write \"${…}\" alone to pass null on.");
    }
    if (json_object_is_type(part->value, json_type_object) ||
        json_object_is_type(part->value, json_type_array))
        return node_refuse(node, evaluation->diags, "Invalid template interpolation value",
                           "What is put into the string is %s, and only strings, numbers and booleans have a "
                           "text. Name one member or element of it.",
                           type_noun(part->type, part->value));
    struct json_object *piece = primitive_text(part->value);
    if (piece == NULL)
        return evaluation_refuse_memory(evaluation);
    text_add(text, json_object_get_string(piece), (size_t)json_object_get_string_len(piece));
    json_object_put(piece);
    return true;
}

static bool evaluate_template(struct evaluation *evaluation, const struct expression *node, struct typed *out)
{
    struct text text = {0};
    bool ok = true, unknown = false, sensitive = false;
    for (size_t i = 0; ok && i < node->count; i++) {
        struct typed part = {0};
        ok =
            evaluate(evaluation, node->items[i], &part) && add_part(evaluation, node, &part, &text, &unknown);
        sensitive = sensitive || marks_any(part.marks);
        typed_clear(&part);
    }
    text_add(&text, "", 0);
    if (ok) {
        out->type = type_named("string");
        out->marks = sensitive ? marks_all() : NULL;
        out->value = unknown       ? value_unknown()
                     : text.failed ? NULL
                                   : json_object_new_string_len(text.bytes, (int)text.length);
        ok = (out->type != NULL && out->value != NULL && (!sensitive || out->marks != NULL)) ||
             evaluation_refuse_memory(evaluation);
    }
    text_clear(&text);
    return ok;
}

bool evaluate_reference(struct evaluation *evaluation, const struct expression *node, struct json_object *key,
                        bool *keyed, struct typed *out)
{
    struct reference reference = node_reference(node);
    size_t first = evaluation->diags->count;
    *keyed = false;
    bool ok = evaluation->scope->resolve(evaluation->scope, &reference, key, keyed, out, evaluation->diags);
    diagnostics_locate(evaluation->diags, first, node->file, node->pointer, NULL);
    if (ok && out->type == NULL)
        out->type = type_of_literal(out->value);
    return ok;
}

static bool evaluate_call(struct evaluation *evaluation, const struct expression *node, struct typed *out)
{
    struct typed *arguments = calloc(node->count + 1, sizeof *arguments);
    bool ok = arguments != NULL || evaluation_refuse_memory(evaluation), unknown = false, sensitive = false;
    size_t first = 0;
    for (size_t i = 0; ok && i < node->count; i++) {
        ok = evaluate(evaluation, node->items[i], &arguments[i]);
        unknown = unknown || value_has_unknown(arguments[i].value);
        sensitive = sensitive || marks_any(arguments[i].marks);
    }
    if (ok && evaluation->scope->call == NULL)
        ok = node_refuse(node, evaluation->diags, "Functions not allowed",
                         "provider::%s::%s can't be called here. Write its result.", node->type, node->name);
    if (ok && unknown) {
        out->value = value_unknown();
        out->type = type_named("dynamic");
        ok = (out->value != NULL && out->type != NULL) || evaluation_refuse_memory(evaluation);
    } else if (ok) {
        first = evaluation->diags->count;
        ok = evaluation->scope->call(evaluation->scope, node->type, node->name, arguments, node->count, out,
                                     evaluation->diags);
        diagnostics_locate(evaluation->diags, first, node->file, node->pointer, NULL);
    }
    if (ok && sensitive) {
        json_object_put(out->marks);
        out->marks = marks_all();
        ok = out->marks != NULL || evaluation_refuse_memory(evaluation);
    }
    for (size_t i = 0; arguments != NULL && i < node->count; i++)
        typed_clear(&arguments[i]);
    free(arguments);
    return ok;
}

/* Where a value stands by itself. Quotes nothing: it may be a secret without its quotes. */
static bool refuse_reference(struct evaluation *evaluation, const struct expression *node)
{
    return node_refuse(
        node, evaluation->diags, node->kind == NODE_CALL ? "Functions not allowed" : "References not allowed",
        "This value is read before all others, so nothing can be referred to or called here. Write "
        "it out; text goes into double quotes.");
}

bool evaluate(struct evaluation *evaluation, const struct expression *node, struct typed *out)
{
    bool ok = false, keyed = false;
    if (evaluation->scope == NULL && node->kind >= NODE_REFERENCE)
        return refuse_reference(evaluation, node);
    switch ((enum node_kind)node->kind) {
    case NODE_LITERAL:
        ok = evaluate_literal(evaluation, node, out);
        break;
    case NODE_OBJECT:
        ok = evaluate_object(evaluation, node, out);
        break;
    case NODE_TUPLE:
        ok = evaluate_tuple(evaluation, node, out);
        break;
    case NODE_TEMPLATE:
        ok = evaluate_template(evaluation, node, out);
        break;
    case NODE_REFERENCE:
        ok = evaluate_reference(evaluation, node, NULL, &keyed, out);
        break;
    case NODE_ATTRIBUTE:
        ok = evaluate_attribute(evaluation, node, out);
        break;
    case NODE_INDEX:
        ok = evaluate_index(evaluation, node, out);
        break;
    case NODE_SPLAT:
        ok = evaluate_splat(evaluation, node, out);
        break;
    case NODE_ELEMENT:
        *out = typed_share(evaluation->element);
        ok = true;
        break;
    case NODE_CALL:
        ok = evaluate_call(evaluation, node, out);
        break;
    }
    if (!ok)
        typed_clear(out);
    return ok;
}

bool expression_evaluate(const struct expression *expression, struct scope *scope, struct typed *value,
                         struct diagnostics *diags)
{
    struct evaluation evaluation = {.scope = scope, .diags = diags};
    *value = (struct typed){0};
    return evaluate(&evaluation, expression, value);
}

/* Says that a value does not fit its attribute. */
static void refuse_attribute(struct evaluation *evaluation, const struct expression *node, const char *name,
                             const char *pointer, const char *problem)
{
    if (problem == NULL) {
        evaluation_refuse_memory(evaluation);
        return;
    }
    size_t first = evaluation->diags->count;
    diagnostics_error(evaluation->diags, pointer, "Incorrect attribute value type",
                      "Inappropriate value for attribute \"%s\"%s%s: %s.", name,
                      *pointer != '\0' ? " at " : "", pointer, problem);
    diagnostics_locate(evaluation->diags, first, node->file, node->pointer, NULL);
}

/* Evaluates one attribute into *body and *marks. */
static bool evaluate_member(struct evaluation *evaluation, const struct schema_attribute *attribute,
                            const struct expression *node, struct typed *body)
{
    struct typed given = {0}, converted = {0};
    char *pointer = NULL, *problem = NULL;
    if (node == NULL)
        return json_object_object_add(body->value, attribute->name, NULL) == 0 ||
               evaluation_refuse_memory(evaluation);
    bool ok = evaluate(evaluation, node, &given);
    if (ok && !type_convert(&given, &attribute->type, CONVERT_UNTYPED, &converted, &pointer, &problem)) {
        refuse_attribute(evaluation, node, attribute->name, pointer != NULL ? pointer : "", problem);
        ok = false;
    }
    if (ok)
        ok = (put(body->value, attribute->name, converted.value) &&
              marks_put_member(&body->marks, attribute->name, converted.marks)) ||
             evaluation_refuse_memory(evaluation);
    free(pointer);
    free(problem);
    typed_clear(&given);
    typed_clear(&converted);
    return ok;
}

bool body_check_names(const struct expression *body, const struct schema_object *object,
                      struct diagnostics *diags)
{
    bool ok = true;
    const char *name = NULL;
    for (size_t i = 0; body != NULL && (name = expression_member_name(body, i)) != NULL; i++) {
        struct near near = {.wanted = name};
        char hint[HINT_SIZE];
        if (schema_attribute_find(object, name) != NULL)
            continue;
        for (size_t j = 0; j < object->count; j++)
            if (!object->attributes[j].read_only)
                near_offer(&near, object->attributes[j].name);
        ok = node_refuse(body->items[i], diags, "Unsupported argument",
                         "An argument named \"%s\" is not expected here.%s%s", name, near_hint(&near, hint),
                         near.best == NULL ? " Remove it, or correct its spelling." : "");
    }
    return ok;
}

bool expression_evaluate_body(const struct expression *body, const struct schema_object *object,
                              struct scope *scope, struct typed *value, struct diagnostics *diags)
{
    struct evaluation evaluation = {.scope = scope, .diags = diags};
    *value = (struct typed){.value = json_object_new_object()};
    bool ok = value->value != NULL || evaluation_refuse_memory(&evaluation);
    ok = body_check_names(body, object, diags) && ok;
    /* All attributes are looked at, also after an error. */
    for (size_t i = 0; value->value != NULL && i < object->count; i++) {
        const struct schema_attribute *attribute = &object->attributes[i];
        ok = evaluate_member(&evaluation, attribute,
                             body != NULL ? expression_member(body, attribute->name) : NULL, value) &&
             ok;
    }
    if (!ok)
        typed_clear(value);
    return ok;
}
