/* SPDX-License-Identifier: Apache-2.0
 *
 * config_block.c - Terraform's JSON syntax: blocks as objects or arrays of objects, members of bodies, and
 * strings that hold a bare reference.
 */
#include "config_reader.h"

#include "expression_node.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool reader_refuse(struct reader *reader, const struct place *place, const char *summary, const char *format,
                   ...)
{
    char *pointer = place_pointer(place);
    va_list arguments;
    va_start(arguments, format);
    refuse_at(reader->diags, reader->file, pointer, summary, format, arguments);
    va_end(arguments);
    free(pointer);
    return false;
}

bool origin_refuse(const struct origin *origin, struct diagnostics *diags, const char *summary,
                   const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    refuse_at(diags, origin->file, origin->pointer, summary, format, arguments);
    va_end(arguments);
    return false;
}

bool origin_set(struct reader *reader, const struct place *place, struct origin *origin)
{
    origin->file = reader->file;
    origin->pointer = place_pointer(place);
    if (origin->pointer == NULL)
        diagnostics_no_memory(reader->diags);
    return origin->pointer != NULL;
}

char *origin_text(const struct config *config, const struct origin *origin)
{
    size_t line = 0, column = 0, offset = 0;
    char *text = NULL;
    for (size_t i = 0; i < config->source_count; i++)
        if (config->sources[i].name == origin->file)
            config_locate(&config->sources[i], origin->pointer, &line, &column, &offset);
    return asprintf(&text, "%s line %zu", origin->file, line) < 0 ? NULL : text;
}

void *array_extend(struct reader *reader, void *array, size_t count, size_t size)
{
    char *bigger = array;
    if (count == 0 || (count & (count - 1)) == 0)
        bigger = reallocarray(array, count == 0 ? 1 : count * 2, size);
    if (bigger == NULL)
        diagnostics_no_memory(reader->diags);
    else
        memset(bigger + count * size, 0, size);
    return bigger;
}

static const char *json_noun(struct json_object *json)
{
    static const char *const nouns[] = {"null",      "a boolean", "a number", "a number",
                                        "an object", "an array",  "a string"};
    return nouns[json_object_get_type(json)];
}

static void read_level(struct reader *reader, struct json_object *json, const struct place *place,
                       size_t level, size_t labels, const char **names, const char *form, block_visit *visit)
{
    if (json_object_is_type(json, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(json); i++) {
            struct place here = {place, NULL, i};
            struct json_object *element = json_object_array_get_idx(json, i);
            if (json_object_is_type(element, json_type_array))
                reader_refuse(reader, &here, "Incorrect JSON value type",
                              "An object is required here, not an array in an array. It is written %s.",
                              form);
            else
                read_level(reader, element, &here, level, labels, names, form, visit);
        }
        return;
    }
    if (json == NULL && level == labels)
        return; /* no block */
    if (!json_object_is_type(json, json_type_object)) {
        const char *comment = level > 0 && strcmp(names[level - 1], "//") == 0
                                  ? " A comment (\"//\") stands among arguments, not among names."
                                  : "";
        reader_refuse(reader, place, "Incorrect JSON value type",
                      "An object or an array of objects is required here, not %s. It is written %s.%s",
                      json_noun(json), form, comment);
        return;
    }
    if (level == labels) {
        visit(reader, json, place, names);
        return;
    }
    json_object_object_foreach(json, key, member)
    {
        struct place here = {place, key, 0};
        names[level] = key;
        read_level(reader, member, &here, level + 1, labels, names, form, visit);
    }
}

void blocks_read(struct reader *reader, struct json_object *json, const struct place *place, size_t labels,
                 const char *form, block_visit *visit)
{
    const char *names[LABELS_MAX + 1] = {NULL};
    read_level(reader, json, place, 0, labels, names, form, visit);
}

bool keywords_check(struct reader *reader, struct json_object *body, const struct place *place,
                    const struct keyword *keywords, size_t count, const char *what)
{
    bool ok = true;
    json_object_object_foreach(body, key, member)
    {
        struct place here = {place, key, 0};
        struct near near = {.wanted = key};
        char hint[HINT_SIZE];
        size_t i = 0;
        (void)member;
        if (strcmp(key, "//") == 0)
            continue;
        for (i = 0; i < count && strcmp(keywords[i].name, key) != 0; i++)
            if (keywords[i].refuse == NULL)
                near_offer(&near, keywords[i].name);
        if (i == count)
            ok = reader_refuse(reader, &here, "Unsupported argument", "\"%s\" is not expected in %s.%s%s",
                               key, what, near_hint(&near, hint),
                               near.best == NULL ? " Remove it, or correct its spelling." : "");
        else if (keywords[i].refuse != NULL)
            ok = reader_refuse(reader, &here, "Not supported by this program",
                               "%s (\"%s\") are not supported by this program. %s%s" TERRAFORM_RUNS,
                               keywords[i].refuse, key, keywords[i].advice != NULL ? keywords[i].advice : "",
                               keywords[i].advice != NULL ? " " : "");
    }
    return ok;
}

struct json_object *body_member(struct json_object *body, const char *name)
{
    struct json_object *member = NULL;
    json_object_object_get_ex(body, name, &member);
    return member;
}

const char *literal_text(struct reader *reader, struct json_object *json, const struct place *place,
                         const char *what)
{
    const char *text = json_object_is_type(json, json_type_string) ? json_object_get_string(json) : NULL;
    if (text == NULL)
        reader_refuse(reader, place, "Incorrect value type", "%s must be a string, not %s.", what,
                      json_noun(json));
    else if (strstr(text, "${") != NULL || strstr(text, "%{") != NULL) {
        reader_refuse(
            reader, place, "Variables not allowed",
            "%s is read before any value is known, so it can't hold \"${…}\". Write it out; where a "
            "reference is meant, it stands here without ${ }.",
            what);
        text = NULL;
    }
    return text;
}

char *body_string(struct reader *reader, struct json_object *body, const struct place *place,
                  const char *name)
{
    struct place here = {place, name, 0};
    struct json_object *member = body_member(body, name);
    char what[64];
    if (member == NULL)
        return NULL;
    snprintf(what, sizeof what, "\"%s\"", name);
    const char *text = literal_text(reader, member, &here, what);
    char *copy = text != NULL ? strdup(text) : NULL;
    if (text != NULL && copy == NULL)
        diagnostics_no_memory(reader->diags);
    return copy;
}

bool body_boolean(struct reader *reader, struct json_object *body, const struct place *place,
                  const char *name, bool standard)
{
    struct place here = {place, name, 0};
    struct json_object *member = body_member(body, name);
    if (member == NULL)
        return standard;
    if (json_object_is_type(member, json_type_boolean))
        return json_object_get_boolean(member);
    const char *text = json_object_is_type(member, json_type_string) ? json_object_get_string(member) : "";
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return text[0] == 't';
    reader_refuse(reader, &here, "Incorrect value type", "\"%s\" must be true or false, written as such.",
                  name);
    return standard;
}

struct expression *place_expression(struct reader *reader, struct json_object *json,
                                    const struct place *place)
{
    char *pointer = place_pointer(place);
    if (pointer == NULL) {
        diagnostics_no_memory(reader->diags);
        return NULL;
    }
    struct expression *expression = expression_parse(json, reader->file, pointer, false, reader->diags);
    free(pointer);
    return expression;
}

struct expression *body_expression(struct reader *reader, struct json_object *body, const struct place *place,
                                   const char *name)
{
    struct place here = {place, name, 0};
    struct json_object *member = NULL;
    bool there = json_object_object_get_ex(body, name, &member);
    return there ? place_expression(reader, member, &here) : NULL;
}

bool address_read(struct reader *reader, struct json_object *json, const struct place *place,
                  struct address *address)
{
    char *problem = NULL;
    const char *text = literal_text(reader, json, place, "An address");
    if (text == NULL || address_parse(text, address, &problem))
        return text != NULL;
    reader_refuse(reader, place, "Invalid address", "%s", problem != NULL ? problem : "no memory");
    free(problem);
    return false;
}

static void refuse_dependency(struct reader *reader, const struct place *place, const char *text,
                              const struct expression *node)
{
    if (node->kind == NODE_ATTRIBUTE)
        reader_refuse(
            reader, place, "Invalid depends_on reference",
            "\"%s\" is a part of something, and \"depends_on\" names the whole of it: write TYPE.NAME "
            "or data.TYPE.NAME.",
            text);
    else if (node->kind == NODE_REFERENCE)
        reader_refuse(
            reader, place, "Invalid depends_on reference",
            "\"%s\" is no resource or data source, and this program knows no other dependencies. Write "
            "TYPE.NAME or data.TYPE.NAME. " TERRAFORM_RUNS,
            text);
    else
        reader_refuse(reader, place, "Invalid depends_on reference",
                      "\"%s\" is no resource or data source: write TYPE.NAME or data.TYPE.NAME.", text);
}

/* One element of depends_on: a resource, or one of its instances, which stands for all of them. */
static bool read_dependency(struct reader *reader, struct json_object *json, const struct place *place,
                            struct address *address)
{
    const char *text = literal_text(reader, json, place, "An element of \"depends_on\"");
    char *pointer = text != NULL ? place_pointer(place) : NULL;
    struct expression *node =
        pointer != NULL ? expression_parse_bare(text, reader->file, pointer, reader->diags) : NULL;
    const struct expression *root = node;
    free(pointer);
    if (root != NULL && root->kind == NODE_INDEX)
        root = root->items[0];
    bool ok = root != NULL && root->kind == NODE_REFERENCE &&
              (root->reference == REFERENCE_RESOURCE || root->reference == REFERENCE_DATA);
    if (ok) {
        struct address found = {.mode = root->reference == REFERENCE_DATA ? MODE_DATA : MODE_MANAGED,
                                .type = root->type,
                                .name = root->name};
        ok = address_copy(address, &found);
        if (!ok)
            diagnostics_no_memory(reader->diags);
    } else if (root != NULL) {
        refuse_dependency(reader, place, text, root);
    }
    expression_destroy(node);
    return ok;
}

void body_depends(struct reader *reader, struct json_object *body, const struct place *place,
                  struct address **addresses, size_t *count)
{
    struct place here = {place, "depends_on", 0};
    struct json_object *list = body_member(body, "depends_on");
    if (list == NULL)
        return;
    if (!json_object_is_type(list, json_type_array)) {
        reader_refuse(reader, &here, "Incorrect value type",
                      "\"depends_on\" must be an array of addresses: [\"TYPE.NAME\"].");
        return;
    }
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct place element = {&here, NULL, i};
        struct address address = {0};
        if (!read_dependency(reader, json_object_array_get_idx(list, i), &element, &address))
            continue;
        struct address *more = array_extend(reader, *addresses, *count, sizeof *more);
        if (more == NULL) {
            address_clear(&address);
            return;
        }
        *addresses = more;
        more[(*count)++] = address;
    }
}
