/* SPDX-License-Identifier: Apache-2.0
 *
 * test_schema_broken.c - every broken file of broken.json is refused, with file, JSON pointer and what is
 * wrong. tests/schemas/test_meta.py hands the same files to schemas/meta.json.
 */
#include "support.h"

#include <errno.h>
#include <json-c/json_pointer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const files[] = {"provider", "resources/machine", "data-sources/machine",
                                    "functions/volume", "functions/motto"};

static void write_file(const char *directory, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.json", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void remove_file(const char *directory, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.json", directory, name);
    assert_true(unlink(path) == 0 || errno == ENOENT);
}

/* The object or array that the last step of a pointer leads into, and that step unescaped, to be freed.
 * (json-c's own json_pointer_set() leaves the last step escaped.) */
static struct json_object *parent_of(struct json_object *document, const char *pointer, char **step)
{
    struct json_object *parent = document;
    const char *last = strrchr(pointer, '/');
    char *up = strndup(pointer, (size_t)(last - pointer));
    assert_non_null(up);
    if (up[0] != '\0')
        assert_int_equal(json_pointer_get(document, up, &parent), 0);
    free(up);
    char *key = *step = strdup(last + 1);
    assert_non_null(key);
    for (const char *c = last + 1; *c != '\0'; c++)
        *key++ = *c == '~' ? (*++c == '0' ? '~' : '/') : *c;
    *key = '\0';
    return parent;
}

static void set_member(struct json_object *document, const char *pointer, struct json_object *value)
{
    char *step = NULL;
    struct json_object *parent = parent_of(document, pointer, &step);
    if (json_object_is_type(parent, json_type_object))
        assert_int_equal(json_object_object_add(parent, step, json_object_get(value)), 0);
    else if (strcmp(step, "-") == 0)
        assert_int_equal(json_object_array_add(parent, json_object_get(value)), 0);
    else
        assert_int_equal(json_object_array_put_idx(parent, strtoul(step, NULL, 10), json_object_get(value)),
                         0);
    free(step);
}

static void delete_member(struct json_object *document, const char *pointer)
{
    char *step = NULL;
    struct json_object *parent = parent_of(document, pointer, &step);
    assert_true(json_object_object_get_ex(parent, step, NULL));
    json_object_object_del(parent, step);
    free(step);
}

/* Writes the good files, this one broken. */
static void write_files(const char *directory, struct json_object *entry)
{
    const char *name = json_object_get_string(json_object_object_get(entry, "file"));
    struct json_object *text = json_object_object_get(entry, "text"),
                       *set = json_object_object_get(entry, "set"),
                       *gone = json_object_object_get(entry, "remove");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s.json", SCHEMAS, files[i]);
        struct json_object *document = json_object_from_file(path);
        assert_non_null(document);
        if (text == NULL && strcmp(files[i], name) == 0) {
            if (set != NULL) {
                json_object_object_foreach(set, pointer, value) set_member(document, pointer, value);
            }
            for (size_t j = 0; gone != NULL && j < json_object_array_length(gone); j++)
                delete_member(document, json_object_get_string(json_object_array_get_idx(gone, j)));
        }
        write_file(directory, files[i], json_object_to_json_string(document));
        json_object_put(document);
    }
    if (text != NULL)
        write_file(directory, name, json_object_get_string(text));
}

static bool is_said(const struct diagnostics *diags, struct json_object *entry, const char *directory)
{
    const char *summary = json_object_get_string(json_object_object_get(entry, "summary"));
    const char *at = json_object_get_string(json_object_object_get(entry, "at"));
    char file[512];
    snprintf(file, sizeof file, "%s/%s.json: ", directory,
             json_object_get_string(json_object_object_get(entry, "file")));
    for (size_t i = 0; i < diags->count; i++) {
        const char *detail = diags->items[i].detail;
        if (strcmp(diags->items[i].summary, summary) != 0 || strncmp(detail, file, strlen(file)) != 0)
            continue;
        detail += strlen(file);
        if (strncmp(detail, "at ", 3) == 0
                ? strncmp(detail + 3, at, strlen(at)) == 0 && detail[3 + strlen(at)] == ':'
                : strstr(detail, at) != NULL)
            return true;
    }
    return false;
}

static void every_broken_file_is_refused(void **state)
{
    (void)state;
    struct json_object *table = json_object_from_file(BROKEN);
    char directory[] = "/tmp/broken-schemas-XXXXXX", path[512];
    assert_non_null(table);
    assert_non_null(mkdtemp(directory));
    static const char *const folders[] = {"resources", "data-sources", "functions"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    size_t wrong = 0;
    for (size_t i = 0; i < json_object_array_length(table); i++) {
        struct json_object *entry = json_object_array_get_idx(table, i);
        const char *name = json_object_get_string(json_object_object_get(entry, "file"));
        struct diagnostics diags = {0};
        write_files(directory, entry);
        struct schema_set *set = schema_set_load(directory, &diags);
        if (set != NULL || !diags.has_error || !is_said(&diags, entry, directory)) {
            wrong++;
            print_error("%s: not as expected\n",
                        json_object_get_string(json_object_object_get(entry, "name")));
            for (size_t j = 0; j < diags.count; j++)
                print_error("    %s | %s\n", diags.items[j].summary, diags.items[j].detail);
        }
        schema_set_destroy(set);
        diagnostics_clear(&diags);
        remove_file(directory, name);
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        remove_file(directory, files[i]);
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, folders[i]);
        assert_int_equal(rmdir(path), 0);
    }
    assert_int_equal(rmdir(directory), 0);
    assert_true(json_object_array_length(table) > 150);
    json_object_put(table);
    assert_int_equal(wrong, 0);
}

static void no_directory_is_an_error(void **state)
{
    (void)state;
    struct diagnostics diags = {0};
    assert_null(schema_set_load("/nonexistent", &diags));
    assert_int_equal(diags.count, 1);
    assert_diagnostic(&diags, SEVERITY_ERROR, NULL, "/nonexistent/provider.json: No such file or directory");
    diagnostics_clear(&diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_broken_file_is_refused),
        cmocka_unit_test(no_directory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
