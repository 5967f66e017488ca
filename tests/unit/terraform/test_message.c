/* SPDX-License-Identifier: Apache-2.0
 *
 * test_message.c - schemas, diagnostics and paths as messages of the protocol.
 */
#include "types.h"

#include "message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A path as text: .attribute, ["key"], [index]. */
static void path_text(const Tfplugin6__AttributePath *path, char *text, size_t size)
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; path && i < path->n_steps; i++) {
        const Tfplugin6__AttributePath__Step *step = path->steps[i];
        int length = 0;
        if (step->selector_case == TFPLUGIN6__ATTRIBUTE_PATH__STEP__SELECTOR_ATTRIBUTE_NAME)
            length = snprintf(text + at, size - at, ".%s", step->attribute_name);
        else if (step->selector_case == TFPLUGIN6__ATTRIBUTE_PATH__STEP__SELECTOR_ELEMENT_KEY_STRING)
            length = snprintf(text + at, size - at, "[\"%s\"]", step->element_key_string);
        else
            length = snprintf(text + at, size - at, "[%d]", (int)step->element_key_int);
        at += (size_t)length;
    }
}

static void pointers_become_paths_of_the_schema(void **state)
{
    (void)state;
    static const struct {
        const char *pointer, *path;
    } rows[] = {
        {"/name", ".name"},
        {"/tags/2", ".tags[2]"},
        {"/labels/a~1b~0c", ".labels[\"a/b~c\"]"},
        {"/labels/0", ".labels[\"0\"]"},
        {"/port/number", ".port.number"},
        {"/ports/1/labels/x", ".ports[1].labels[\"x\"]"},
        {"/port_map/web/number", ".port_map[\"web\"].number"},
        {"/racks/r1/0/number", ".racks[\"r1\"][0].number"},
        /* a set's elements have no position */
        {"/port_set/0/number", ".port_set"},
        {"/sizes/1", ".sizes"},
        /* what the schema does not have ends the path */
        {"/name/deeper", ".name"},
        {"/tags/x", ".tags"},
        {"/tags/-1", ".tags"},
        {"/tags/99999999999999999999", ".tags"},
        {"/nobody", ""},
        {"", ""},
        {"name", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena arena = {0};
        char text[256];
        path_text(message_path(&arena, &widget.object, rows[i].pointer), text, sizeof text);
        assert_string_equal(text, rows[i].path);
        assert_false(arena.failed);
        arena_finish(&arena);
    }
    struct arena arena = {0};
    assert_null(message_path(&arena, &widget.object, NULL));
    assert_null(message_path(&arena, NULL, "/name"));
    arena_finish(&arena);
}

static void diagnostics_keep_severity_text_and_path(void **state)
{
    (void)state;
    struct diagnostics diags = {0};
    struct arena arena = {0};
    size_t count;
    diagnostics_add(&diags, SEVERITY_WARNING, NULL, "Careful", "A detail.");
    diagnostics_add(&diags, SEVERITY_ERROR, "/ports/0/number", "Wrong", "It says \xff\xc3\x28.");
    Tfplugin6__Diagnostic **list = message_diagnostics(&arena, &diags, &widget.object, &count);
    assert_int_equal(count, 2);
    assert_int_equal(list[0]->severity, TFPLUGIN6__DIAGNOSTIC__SEVERITY__WARNING);
    assert_string_equal(list[0]->summary, "Careful");
    assert_null(list[0]->attribute);
    assert_int_equal(list[1]->severity, TFPLUGIN6__DIAGNOSTIC__SEVERITY__ERROR);
    /* a protobuf string must be UTF-8, or the client drops the message */
    assert_string_equal(list[1]->detail, "It says \?\?(.");
    assert_int_equal(list[1]->attribute->n_steps, 3);
    diagnostics_clear(&diags);
    arena_finish(&arena);
}

static void types_are_in_terraform_s_notation(void **state)
{
    (void)state;
    static const struct {
        const char *attribute, *type;
    } rows[] = {
        {"name", "\"string\""},
        {"size", "\"number\""},
        {"ratio", "\"number\""},
        {"enabled", "\"bool\""},
        {"tags", "[\"list\",\"string\"]"},
        {"sizes", "[\"set\",\"number\"]"},
        {"labels", "[\"map\",\"string\"]"},
        {"grid", "[\"list\",[\"list\",\"string\"]]"},
        {"port",
         "[\"object\",{\"number\":\"number\",\"labels\":[\"map\",\"string\"],\"secret\":\"string\"}]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena arena = {0};
        assert_string_equal(message_type(&arena, widget_type(rows[i].attribute)), rows[i].type);
        arena_finish(&arena);
    }
}

static const Tfplugin6__Schema__Attribute *find(Tfplugin6__Schema__Attribute **list, size_t count,
                                                const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i]->name, name) == 0)
            return list[i];
    fail_msg("no attribute %s", name);
    return NULL;
}

static void flags_say_who_sets_an_attribute(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool required, optional, computed;
    } rows[] = {
        {"name", true, false, false},
        {"size", false, true, true}, /* a default: the provider fills it in */
        {"ratio", false, true, false},
        {"state", false, false, true},
    };
    struct arena arena = {0};
    Tfplugin6__Schema *schema = message_schema(&arena, &widget);
    assert_non_null(schema);
    assert_int_equal(schema->version, 3);
    assert_string_equal(schema->block->description, "A widget.");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const Tfplugin6__Schema__Attribute *attribute =
            find(schema->block->attributes, schema->block->n_attributes, rows[i].name);
        assert_int_equal(attribute->required, rows[i].required);
        assert_int_equal(attribute->optional, rows[i].optional);
        assert_int_equal(attribute->computed, rows[i].computed);
    }
    assert_true(find(schema->block->attributes, schema->block->n_attributes, "token")->sensitive);
    assert_true(find(schema->block->attributes, schema->block->n_attributes, "enabled")->deprecated);
    arena_finish(&arena);
}

static void objects_are_nested_attributes_and_deeper_shapes_plain_types(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        Tfplugin6__Schema__Object__NestingMode nesting;
    } rows[] = {
        {"port", TFPLUGIN6__SCHEMA__OBJECT__NESTING_MODE__SINGLE},
        {"ports", TFPLUGIN6__SCHEMA__OBJECT__NESTING_MODE__LIST},
        {"port_set", TFPLUGIN6__SCHEMA__OBJECT__NESTING_MODE__SET},
        {"port_map", TFPLUGIN6__SCHEMA__OBJECT__NESTING_MODE__MAP},
        {"state", TFPLUGIN6__SCHEMA__OBJECT__NESTING_MODE__SINGLE},
    };
    struct arena arena = {0};
    Tfplugin6__Schema *schema = message_schema(&arena, &widget);
    assert_non_null(schema);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const Tfplugin6__Schema__Attribute *attribute =
            find(schema->block->attributes, schema->block->n_attributes, rows[i].name);
        assert_non_null(attribute->nested_type);
        assert_int_equal(attribute->nested_type->nesting, rows[i].nesting);
        assert_int_equal(attribute->nested_type->n_attributes, 3);
        assert_int_equal(attribute->type.len, 0);
        const Tfplugin6__Schema__Attribute *number =
            find(attribute->nested_type->attributes, attribute->nested_type->n_attributes, "number");
        bool read_only = strcmp(rows[i].name, "state") == 0;
        assert_int_equal(number->required, !read_only);
        assert_int_equal(number->computed, read_only);
    }
    const Tfplugin6__Schema__Attribute *racks =
        find(schema->block->attributes, schema->block->n_attributes, "racks");
    assert_null(racks->nested_type);
    assert_memory_equal(racks->type.data, "[\"map\",[\"list\",[\"object\",", 24);
    arena_finish(&arena);
}

static void an_arena_frees_what_it_was_given_last_first(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *large = arena_alloc(&arena, 100000);
    assert_non_null(large);
    memset(large, 1, 100000);
    assert_string_equal(arena_format(&arena, "%s/%d", "a", 7), "a/7");
    assert_string_equal(arena_text(&arena, "abc", 2), "ab");
    assert_true(arena_defer(&arena, free, malloc(10)));
    assert_true(arena_defer(&arena, free, NULL));
    assert_null(arena_zeroed(&arena, SIZE_MAX / 2, 4));
    assert_true(arena.failed);
    arena_finish(&arena);
    assert_false(arena.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pointers_become_paths_of_the_schema),
        cmocka_unit_test(diagnostics_keep_severity_text_and_path),
        cmocka_unit_test(types_are_in_terraform_s_notation),
        cmocka_unit_test(flags_say_who_sets_an_attribute),
        cmocka_unit_test(objects_are_nested_attributes_and_deeper_shapes_plain_types),
        cmocka_unit_test(an_arena_frees_what_it_was_given_last_first),
    };
    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
