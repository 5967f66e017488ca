/* SPDX-License-Identifier: Apache-2.0
 *
 * variable_file.c - files of variables' values: *.tfvars.json, and *.tfvars as far as their values are
 * literals.
 */
#include "variable_file.h"

#include "../../utf8.h"
#include "config_reader.h"
#include "type.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct file {
    struct collection *collection;
    const char *name;
    struct json_object *seen; /* names so far, of the native form */
    bool ok;
};

/* Sets a variable to what an expression says; the expression is taken over. */
static bool set_expression(struct file *file, const char *name, struct expression *expression)
{
    struct collection *collection = file->collection;
    struct typed value = {0};
    size_t index = collection_find(collection, name);
    char hint[HINT_SIZE];
    bool ok = expression != NULL;
    if (ok && index == SIZE_MAX) {
        size_t first = collection->diags->count;
        diagnostics_warning(
            collection->diags, expression_pointer(expression), "Value for undeclared variable",
            "The configuration does not declare a variable named \"%s\", but a value was found in "
            "file \"%s\".%s Declare it, or remove the value.",
            name, file->name, collection_hint(collection, name, hint));
        if (file->seen == NULL) /* JSON, where there is a line to show */
            diagnostics_locate(collection->diags, first, file->name, NULL, NULL);
    } else if (ok) {
        ok = expression_evaluate(expression, NULL, &value, collection->diags) &&
             collection_set(collection, index, &value, file->name);
    }
    typed_clear(&value);
    expression_destroy(expression);
    return ok;
}

static bool read_json(struct file *file, const char *text, size_t length)
{
    struct diagnostics *diags = file->collection->diags;
    struct json_object *json = NULL;
    struct place root = {0};
    size_t first = diags->count;
    bool ok = json_read(text, length, file->name, &json, diags);
    if (ok && !json_object_is_type(json, json_type_object)) {
        diagnostics_error(diags, "", "Invalid variable file", "%s must hold one object: {\"NAME\": VALUE}.",
                          file->name);
        diagnostics_locate(diags, first, file->name, NULL, NULL);
        ok = false;
    }
    if (ok) {
        json_object_object_foreach(json, name, member)
        {
            struct place here = {&root, name, 0};
            char *pointer = place_pointer(&here);
            /* Terraform takes strings here as they stand: "${" is no template. */
            if (strcmp(name, "//") != 0)
                ok = set_expression(
                         file, name,
                         expression_parse(member, file->name, pointer != NULL ? pointer : "", true, diags)) &&
                     ok;
            free(pointer);
        }
    }
    json_object_put(json);
    return ok;
}

/* One line of the native form. */
static bool visit_assignment(void *context, const char *name, size_t line, struct expression *value)
{
    struct file *file = context;
    struct json_object *first = NULL;
    if (json_object_object_get_ex(file->seen, name, &first)) {
        diagnostics_error(file->collection->diags, NULL, "Attribute redefined",
                          "%s line %zu: \"%s\" was already set at line %lld. Remove one.", file->name, line,
                          name, (long long)json_object_get_int64(first));
        expression_destroy(value);
        file->ok = false;
        return true;
    }
    if (json_object_object_add(file->seen, name, json_object_new_int64((int64_t)line)) != 0)
        diagnostics_no_memory(file->collection->diags);
    size_t before = file->collection->diags->count;
    file->ok = set_expression(file, name, value) && file->ok;
    struct text prefix = {0};
    text_add_format(&prefix, "%s line %zu, \"%s\": ", file->name, line, name);
    if (!prefix.failed)
        collection_explain(file->collection, before, prefix.bytes);
    text_clear(&prefix);
    return true;
}

static bool read_native(struct file *file, const char *text, size_t length)
{
    struct diagnostics *diags = file->collection->diags;
    size_t valid = utf8_valid_prefix(text, length), nul = strlen(text), first = diags->count;
    if (valid != length || nul != length) {
        diagnostics_error(diags, NULL, "Invalid character encoding",
                          "%s is not UTF-8 text: byte %zu is wrong. Save it as UTF-8.", file->name,
                          valid < nul ? valid : nul);
        diagnostics_locate(diags, first, file->name, NULL, NULL);
        return false;
    }
    file->seen = json_object_new_object();
    file->ok = file->seen != NULL;
    if (!file->ok)
        diagnostics_no_memory(diags);
    bool ok =
        file->ok && assignments_parse(text, length, file->name, visit_assignment, file, diags) && file->ok;
    json_object_put(file->seen);
    return ok;
}

bool variable_file_read(struct collection *collection, const char *path, bool asked)
{
    char *whole = NULL;
    size_t length = 0;
    bool relative = !asked && path[0] != '/';
    if (asprintf(&whole, "%s%s%s", relative ? collection->config->directory : "", relative ? "/" : "", path) <
        0) {
        diagnostics_no_memory(collection->diags);
        return false;
    }
    /* Diagnostics name the file by a text that lives as long as they do: they copy it. */
    struct file file = {.collection = collection, .name = path};
    char *text = file_text(whole, path, &length, collection->diags);
    bool ok = text != NULL &&
              (ends_with(path, ".json") ? read_json(&file, text, length) : read_native(&file, text, length));
    free(text);
    free(whole);
    return ok;
}

static bool is_automatic(const char *name, struct diagnostics *diags)
{
    (void)diags;
    return ends_with(name, ".auto.tfvars") || ends_with(name, ".auto.tfvars.json");
}

/* *.auto.tfvars and *.auto.tfvars.json, by name. */
static bool read_automatic(struct collection *collection)
{
    char **names = NULL;
    size_t count = 0;
    bool ok = directory_names(collection->config->directory, is_automatic, &names, &count, collection->diags);
    for (size_t i = 0; i < count; i++) {
        ok = variable_file_read(collection, names[i], false) && ok; /* all faults in one go */
        free(names[i]);
    }
    free(names);
    return ok;
}

/* A file that need not be there. */
static bool read_optional(struct collection *collection, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", collection->config->directory, name) < 0) {
        diagnostics_no_memory(collection->diags);
        return false;
    }
    bool there = access(path, F_OK) == 0;
    free(path);
    return !there || variable_file_read(collection, name, false);
}

bool variable_files_read(struct collection *collection)
{
    bool ok = read_optional(collection, "terraform.tfvars");
    ok = read_optional(collection, "terraform.tfvars.json") && ok;
    return read_automatic(collection) && ok;
}
