/* SPDX-License-Identifier: Apache-2.0
 *
 * schema_read.c - one schema file, read strictly: the keywords of the file as a whole. Types are
 * schema_type.c's part, callbacks schema_callback.c's.
 */
#include "schema_internal.h"

#include "trust.h"
#include "value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_SIZE_MAX = 4 << 20 };

static const char dialect[] = "https://json-schema.org/draft/2020-12/schema";

void schema_problem(struct reader *reader, const struct place *place, const char *summary, const char *format,
                    ...)
{
    char *pointer = place_pointer(place), *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        text = NULL;
    va_end(arguments);
    if (pointer == NULL || text == NULL)
        diagnostics_no_memory(reader->diags);
    else
        diagnostics_error(reader->diags, NULL, summary, "%s: at %s: %s", reader->schema->file,
                          pointer[0] != '\0' ? pointer : "the top level", text);
    free(pointer);
    free(text);
}

static void release_json(void *json)
{
    json_object_put(json);
}

bool schema_keep(struct reader *reader, struct json_object *json)
{
    return pool_keep(reader->pool, json, release_json);
}

/* The whole file, NUL-terminated; NULL after an error. */
static char *file_read(struct reader *reader, size_t *length)
{
    const char *file = reader->schema->file;
    struct stat status;
    char *text = NULL;
    size_t done = 0;
    int descriptor = open(file, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        diagnostics_error(reader->diags, NULL, "Schema file can't be read", "%s: %s.", file, strerror(errno));
        goto done;
    }
    if (!S_ISREG(status.st_mode) || status.st_size > FILE_SIZE_MAX) {
        diagnostics_error(reader->diags, NULL, "Schema file can't be read",
                          "%s: not a file of at most %d MiB.", file, FILE_SIZE_MAX >> 20);
        goto done;
    }
    if (!trust_file(file, &status, reader->diags))
        goto done;
    text = malloc((size_t)status.st_size + 1);
    if (text == NULL) {
        diagnostics_no_memory(reader->diags);
        goto done;
    }
    while (done < (size_t)status.st_size) {
        ssize_t step = read(descriptor, text + done, (size_t)status.st_size - done);
        if (step < 0 && errno == EINTR)
            continue;
        if (step <= 0) {
            diagnostics_error(reader->diags, NULL, "Schema file can't be read", "%s: %s.", file,
                              step < 0 ? strerror(errno) : "it shrinks while it is read");
            free(text);
            text = NULL;
            goto done;
        }
        done += (size_t)step;
    }
    text[done] = '\0';
    *length = done;
done:
    if (descriptor >= 0)
        close(descriptor);
    return text;
}

/* The file's object, to be put; NULL after an error. */
static struct json_object *file_parse(struct reader *reader)
{
    size_t length = 0;
    struct json_object *json = NULL;
    char *problem = NULL, *text = file_read(reader, &length);
    if (text == NULL)
        return NULL;
    if (!value_from_text(text, length, &json, &problem)) {
        if (problem == NULL)
            diagnostics_no_memory(reader->diags);
        else
            diagnostics_error(reader->diags, NULL, "Schema file is not JSON", "%s: %s. Correct the file.",
                              reader->schema->file, problem);
    } else if (!json_object_is_type(json, json_type_object)) {
        diagnostics_error(reader->diags, NULL, "Schema file is no object",
                          "%s: a schema is a JSON object: {…}.", reader->schema->file);
        json_object_put(json);
        json = NULL;
    }
    free(problem);
    free(text);
    return json;
}

static void head_read(struct reader *reader, const struct place *place, struct json_object *json)
{
    struct schema *schema = reader->schema;
    struct place dialect_place = {place, "$schema", 0}, type_place = {place, "type", 0},
                 version_place = {place, "version", 0};
    const char *text = json_object_get_string(schema_keyword(json, "$schema"));
    const char *type = json_object_get_string(schema_keyword(json, "type"));
    if (!json_object_object_get_ex(json, "$schema", NULL) || (text != NULL && strcmp(text, dialect) != 0))
        schema_problem(reader, &dialect_place, "Unknown JSON Schema", "\"$schema\" must be \"%s\".", dialect);
    if (!json_object_object_get_ex(json, "type", NULL) || (type != NULL && strcmp(type, "object") != 0))
        schema_problem(reader, &type_place, "Not an object", "\"type\" must be \"object\".");
    text = json_object_get_string(schema_keyword(json, "description"));
    schema->description = pool_text(reader->pool, text != NULL ? text : "");
    text = json_object_get_string(schema_keyword(json, "title"));
    schema->title = pool_text(reader->pool, text != NULL ? text : schema->name);
    schema->deprecated = schema_keyword_true(json, "deprecated");
    schema->version = json_object_get_int64(schema_keyword(json, "version"));
    if (schema->version < 0)
        schema_problem(reader, &version_place, "Negative version", "\"version\" counts up from 0.");
    if (json_object_is_type(schema_keyword(json, "additionalProperties"), json_type_object))
        schema_problem(reader, &(struct place){place, "additionalProperties", 0}, "Open object",
                       "A file's object has the attributes of \"properties\" and no other; say false.");
}

/* An attribute that a list of names mentions, and that can be written in one word. NULL after a problem. */
static const struct schema_attribute *scalar_find(struct reader *reader, const struct place *place,
                                                  const char *name)
{
    const struct schema_attribute *attribute = schema_attribute_find(&reader->schema->object, name);
    if (attribute == NULL) {
        schema_problem(reader, place, "Unknown attribute", "\"properties\" has no \"%s\".", name);
    } else if (attribute->type.kind >= TYPE_LIST) {
        schema_problem(reader, place, "Compound attribute",
                       "\"%s\" is %s; only strings, numbers and booleans can stand here.", name,
                       schema_type_name(attribute->type.kind));
        attribute = NULL;
    }
    return attribute;
}

static void identity_read(struct reader *reader, const struct place *place, struct json_object *names)
{
    struct schema *schema = reader->schema;
    schema->identity = pool_alloc(reader->pool, json_object_array_length(names), sizeof *schema->identity);
    if (json_object_array_length(names) == 0)
        schema_problem(reader, place, "Empty identity",
                       "Name the attributes that tell one object from another.");
    for (size_t i = 0; schema->identity != NULL && i < json_object_array_length(names); i++) {
        struct place here = {place, NULL, i};
        struct json_object *name = json_object_array_get_idx(names, i);
        if (!json_object_is_type(name, json_type_string)) {
            schema_problem(reader, &here, "Wrong type of a keyword",
                           "\"identity\" lists names of attributes.");
            continue;
        }
        const struct schema_attribute *attribute = scalar_find(reader, &here, json_object_get_string(name));
        bool twice = false;
        for (size_t j = 0; j < schema->identity_count; j++)
            twice = twice || schema->identity[j] == attribute;
        if (attribute != NULL && twice)
            schema_problem(reader, &here, "Attribute twice", "\"%s\" is in the identity already; remove it.",
                           attribute->name);
        else if (attribute != NULL && !attribute->read_only && !attribute->immutable)
            schema_problem(
                reader, &here, "Identity that can change",
                "An identity stays the same for life: make \"%s\" immutable or readOnly, or leave it out.",
                attribute->name);
        else if (attribute != NULL)
            schema->identity[schema->identity_count++] = attribute;
    }
}

/* Takes a template such as "{region}/{name}" apart, to see that an ID can be matched against it. */
static void template_check(struct reader *reader, const struct place *place, const char *template)
{
    const struct schema_attribute *seen[SCHEMA_MAX_ARGUMENTS];
    size_t count = 0;
    const char *at = template;
    while (at[0] != '\0') {
        const char *open = strpbrk(at, "{}");
        if (open == NULL)
            break;
        const char *close = *open == '{' ? strpbrk(open + 1, "{}") : NULL;
        if (close == NULL || *close != '}') {
            schema_problem(reader, place, "Broken template",
                           "A brace in \"%s\" has no partner: write {attribute}.", template);
            return;
        }
        if (open == at && at != template)
            schema_problem(reader, place, "Broken template",
                           "Two attributes touch in \"%s\"; put a separator such as \"/\" between them.",
                           template);
        char *name = strndup(open + 1, (size_t)(close - open) - 1);
        const struct schema_attribute *attribute = name != NULL ? scalar_find(reader, place, name) : NULL;
        reader->pool->failed = reader->pool->failed || name == NULL;
        free(name);
        for (size_t i = 0; attribute != NULL && i < count; i++)
            if (seen[i] == attribute)
                schema_problem(reader, place, "Attribute twice", "\"%s\" occurs twice in \"%s\".",
                               attribute->name, template);
        if (count < SCHEMA_MAX_ARGUMENTS)
            seen[count++] = attribute;
        at = close + 1;
    }
    if (count == 0)
        schema_problem(reader, place, "Broken template", "\"%s\" names no attribute: write {attribute}.",
                       template);
}

static void imports_read(struct reader *reader, const struct place *place, struct json_object *templates)
{
    struct schema *schema = reader->schema;
    schema->imports = pool_alloc(reader->pool, json_object_array_length(templates), sizeof *schema->imports);
    for (size_t i = 0; schema->imports != NULL && i < json_object_array_length(templates); i++) {
        struct place here = {place, NULL, i};
        struct json_object *template = json_object_array_get_idx(templates, i);
        if (!json_object_is_type(template, json_type_string)) {
            schema_problem(reader, &here, "Wrong type of a keyword",
                           "\"import\" lists templates such as \"{region}/{name}\".");
            continue;
        }
        template_check(reader, &here, json_object_get_string(template));
        schema->imports[schema->import_count++] = pool_text(reader->pool, json_object_get_string(template));
    }
}

/* Whether text is NAMESPACE/TYPE. */
static bool is_address(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t namespace = strspn(text, letters);
    if (namespace == 0 || text[namespace] != '/')
        return false;
    size_t type = strspn(text + namespace + 1, letters);
    return type > 0 && text[namespace + 1 + type] == '\0';
}

static void moved_attributes_read(struct reader *reader, const struct place *place,
                                  struct json_object *attributes, struct schema_moved_from *moved)
{
    moved->attributes =
        pool_alloc(reader->pool, (size_t)json_object_object_length(attributes), sizeof *moved->attributes);
    if (moved->attributes == NULL)
        return;
    json_object_object_foreach(attributes, target, source)
    {
        struct place here = {place, target, 0};
        if (schema_attribute_find(&reader->schema->object, target) == NULL)
            schema_problem(reader, &here, "Unknown attribute",
                           "\"properties\" has no \"%s\"; write {\"here\": \"there\"}.", target);
        else if (!json_object_is_type(source, json_type_string))
            schema_problem(reader, &here, "Wrong type of a keyword",
                           "Name the attribute of the other resource type.");
        moved->attributes[moved->count].target = pool_text(reader->pool, target);
        moved->attributes[moved->count++].source = pool_text(reader->pool, json_object_get_string(source));
    }
}

static void moved_from_read(struct reader *reader, const struct place *place, struct json_object *sources)
{
    struct schema *schema = reader->schema;
    schema->moved = pool_alloc(reader->pool, json_object_array_length(sources), sizeof *schema->moved);
    for (size_t i = 0; schema->moved != NULL && i < json_object_array_length(sources); i++) {
        struct place here = {place, NULL, i}, attributes_place = {&here, "attributes", 0},
                     provider_place = {&here, "provider", 0};
        struct json_object *source = json_object_array_get_idx(sources, i);
        struct schema_moved_from *moved = &schema->moved[schema->moved_count];
        struct json_object *attributes = schema_keyword(source, "attributes");
        if (!json_object_is_type(source, json_type_object)) {
            schema_problem(reader, &here, "Wrong type of a keyword",
                           "\"moved_from\" lists objects with provider, type and attributes.");
            continue;
        }
        schema_keywords_check(reader, &here, source, IN_MOVED_FROM);
        moved->provider = schema_keyword_text(reader, source, "provider");
        moved->type = schema_keyword_text(reader, source, "type");
        if (moved->provider == NULL || moved->type == NULL || attributes == NULL)
            schema_problem(reader, &here, "Missing keyword",
                           "\"provider\", \"type\" and \"attributes\" are all needed.");
        else if (!is_address(moved->provider))
            schema_problem(reader, &provider_place, "Bad provider",
                           "Write \"NAMESPACE/TYPE\", without a registry host.");
        if (attributes != NULL)
            moved_attributes_read(reader, &attributes_place, attributes, moved);
        schema->moved_count++;
    }
}

/* What only provider.json has. */
static void provider_read(struct reader *reader, const struct place *place, struct json_object *json,
                          struct schema_set *set)
{
    struct place title = {place, "title", 0}, free_place = {place, "free", 0},
                 abi = {place, "abi_version", 0};
    struct json_object *version = schema_keyword(json, "abi_version");
    set->address = schema_keyword_text(reader, json, "title");
    if (set->address == NULL || !is_address(set->address))
        schema_problem(reader, &title, "Bad provider address",
                       "\"title\" must be the provider's \"NAMESPACE/TYPE\".");
    set->library = schema_keyword_text(reader, json, "library");
    set->free_symbol = schema_keyword_text(reader, json, "free");
    if (set->free_symbol == NULL)
        set->free_symbol = pool_text(reader->pool, "free");
    else if (!schema_symbol_valid(set->free_symbol))
        schema_problem(reader, &free_place, "Bad symbol", "\"%s\" is not the name of a C function.",
                       set->free_symbol);
    if (set->library != NULL && set->library[0] == '\0')
        schema_problem(reader, &(struct place){place, "library", 0}, "Empty name",
                       "Name the plugin's shared library.");
    if (version == NULL)
        return;
    schema_keywords_check(reader, &abi, version, IN_ABI_VERSION);
    struct json_object *number = schema_keyword(version, "value");
    set->abi_symbol = schema_keyword_text(reader, version, "symbol");
    set->abi_version = json_object_get_int64(number);
    if (set->abi_symbol == NULL || !schema_symbol_valid(set->abi_symbol) ||
        !json_object_is_type(number, json_type_int))
        schema_problem(reader, &abi, "Bad ABI version",
                       "Write {\"symbol\": a C function, \"value\": the integer that it must return}.");
}

/* A function has parameters and one result. */
static void function_check(struct reader *reader, const struct place *place)
{
    struct place properties = {place, "properties", 0};
    size_t results = 0;
    for (size_t i = 0; i < reader->schema->object.count; i++)
        results += reader->schema->object.attributes[i].read_only;
    if (results != 1)
        schema_problem(reader, &properties, "Not one result",
                       "A function has exactly one \"readOnly\" property, its result; here are %zu.",
                       results);
}

void schema_file_read(struct reader *reader, struct schema_set *set)
{
    static const unsigned where[] = {IN_PROVIDER, IN_RESOURCE, IN_DATA_SOURCE, IN_FUNCTION};
    static const struct {
        const char *keyword;
        void (*read)(struct reader *reader, const struct place *place, struct json_object *list);
    } lists[] = {{"identity", identity_read}, {"import", imports_read}, {"moved_from", moved_from_read}};
    struct place root = {0}, callbacks = {&root, "callbacks", 0};
    enum schema_kind kind = reader->schema->kind;
    struct json_object *json = file_parse(reader);
    if (json == NULL) {
        /* Nothing is known of the library: do not complain about every callback. */
        if (kind == SCHEMA_PROVIDER)
            set->library = pool_text(reader->pool, "");
        return;
    }
    schema_keywords_check(reader, &root, json, where[kind]);
    head_read(reader, &root, json);
    if (kind == SCHEMA_PROVIDER)
        provider_read(reader, &root, json, set);
    /* Everything below names attributes; without any there would be one message for each name. */
    if (!schema_object_read(reader, &root, json, IN_ATTRIBUTE, &reader->schema->object))
        goto done;
    if (kind == SCHEMA_FUNCTION)
        function_check(reader, &root);
    for (size_t i = 0; kind == SCHEMA_RESOURCE && i < sizeof lists / sizeof *lists; i++) {
        struct place here = {&root, lists[i].keyword, 0};
        struct json_object *list = schema_keyword(json, lists[i].keyword);
        if (list != NULL)
            lists[i].read(reader, &here, list);
    }
    schema_callbacks_read(reader, &callbacks, schema_keyword(json, "callbacks"));
    if (reader->schema->callbacks[CALLBACK_UPGRADE] != NULL && reader->schema->version == 0)
        schema_problem(reader, &callbacks, "Nothing to upgrade",
                       "\"upgrade\" brings states of an older version up, and \"version\" is 0.");
done:
    json_object_put(json);
}
