/* SPDX-License-Identifier: Apache-2.0
 *
 * test_schema.c - what a loaded directory holds: the tests' own, with every keyword, and the shipped one.
 */
#include "support.h"

#include "ctype.h"

#include <string.h>

static const struct schema_attribute *attribute(const struct schema *schema, const char *name)
{
    const struct schema_attribute *found = schema_attribute_find(&schema->object, name);
    assert_non_null(found);
    return found;
}

static void the_provider_is_read(void **state)
{
    const struct schema_set *set = *state;
    assert_string_equal(set->address, "example/workshop");
    assert_string_equal(set->library, "./libworkshop.so");
    assert_string_equal(set->free_symbol, "workshop_free");
    assert_string_equal(set->abi_symbol, "workshop_version");
    assert_int_equal(set->abi_version, 7);
    assert_ptr_equal(schema_find(set, SCHEMA_PROVIDER, NULL), &set->provider);
    const struct schema_callback *open = set->provider.callbacks[CALLBACK_OPEN];
    assert_string_equal(open->symbol, "workshop_open");
    assert_int_equal(open->returns, RETURN_POINTER);
    assert_string_equal(open->return_type->name, "void *");
    static const char *const types[] = {"const char *", "const char *", "uint8_t", "float",
                                        "int",          "void *",       "void *"};
    assert_int_equal(open->count, 7);
    for (size_t i = 0; i < open->count; i++)
        assert_string_equal(open->arguments[i].c_type->name, types[i]);
    assert_int_equal(open->arguments[5].kind, ARGUMENT_LOG);
    assert_string_equal(open->arguments[5].pointer, "/callbacks/open/arguments/5");
    assert_int_equal(set->provider.callbacks[CALLBACK_CLOSE]->returns, RETURN_NONE);
}

static void schemas_are_found_by_kind_and_name(void **state)
{
    const struct schema_set *set = *state;
    assert_int_equal(set->resource_count, 1);
    assert_int_equal(set->data_source_count, 1);
    assert_int_equal(set->function_count, 2);
    assert_string_equal(set->functions[0].name, "motto");
    assert_string_equal(set->functions[1].name, "volume");
    assert_ptr_equal(schema_find(set, SCHEMA_FUNCTION, "volume"), &set->functions[1]);
    assert_ptr_equal(schema_find(set, SCHEMA_RESOURCE, "machine"), &set->resources[0]);
    assert_ptr_equal(schema_find(set, SCHEMA_DATA_SOURCE, "machine"), &set->data_sources[0]);
    assert_null(schema_find(set, SCHEMA_RESOURCE, "volume"));
    assert_null(schema_find(set, SCHEMA_FUNCTION, ""));
    assert_null(schema_attribute_find(&set->resources[0].object, "nothing"));
}

static void attributes_keep_the_order_and_all_that_is_said(void **state)
{
    const struct schema *machine = &((const struct schema_set *)*state)->resources[0];
    assert_string_equal(machine->object.attributes[0].name, "name");
    assert_string_equal(machine->object.attributes[machine->object.count - 1].name, "report");
    assert_int_equal(machine->version, 2);
    const struct schema_attribute *name = attribute(machine, "name");
    assert_true(name->required && name->immutable && !name->read_only && !name->has_default);
    assert_string_equal(name->description, "Its name.");
    assert_string_equal(name->type.pattern, "^[a-zé-]+$");
    assert_int_equal(name->type.min_length, 1);
    assert_int_equal(name->type.max_length, 8);
    assert_non_null(name->type.pattern_code);
    const struct schema_attribute *size = attribute(machine, "size");
    assert_int_equal(json_object_array_length(size->type.allowed), 2);
    assert_true(size->has_default);
    assert_string_equal(json_object_get_string(size->default_value), "small");
    assert_int_equal(size->type.min_length, -1);
    assert_int_equal(json_object_array_length(attribute(machine, "vendor")->type.allowed), 1);
    const struct schema_attribute *weight = attribute(machine, "weight");
    assert_true(weight->type.exclusive_minimum && weight->type.exclusive_maximum);
    assert_true(weight->type.minimum == 0 && weight->type.maximum == 1000);
    assert_string_equal(attribute(machine, "offset")->c, "int8_t");
    assert_true(attribute(machine, "legacy")->deprecated);
    assert_true(attribute(machine, "password")->sensitive);
    assert_true(attribute(machine, "id")->read_only);
}

static void types_nest(void **state)
{
    const struct schema *machine = &((const struct schema_set *)*state)->resources[0];
    assert_int_equal(attribute(machine, "colors")->type.kind, TYPE_LIST);
    assert_int_equal(attribute(machine, "colors")->type.element->min_length, 1);
    assert_int_equal(attribute(machine, "tags")->type.kind, TYPE_SET);
    assert_int_equal(attribute(machine, "labels")->type.kind, TYPE_MAP);
    assert_int_equal(attribute(machine, "labels")->type.max_length, 2);
    assert_int_equal(attribute(machine, "matrix")->type.element->element->kind, TYPE_NUMBER);
    const struct schema_object *rule = attribute(machine, "rules")->type.element->object;
    assert_true(schema_attribute_find(rule, "port")->required);
    assert_false(schema_attribute_find(rule, "kind")->required);
    assert_true(schema_attribute_find(rule, "secret")->sensitive);
    const struct schema_object *place = attribute(machine, "place")->type.object;
    const struct schema_object *rack = schema_attribute_find(place, "rack")->type.object;
    assert_int_equal(schema_attribute_find(rack, "slots")->type.kind, TYPE_SET);
}

static void identity_imports_and_moves_are_read(void **state)
{
    const struct schema *machine = &((const struct schema_set *)*state)->resources[0];
    assert_int_equal(machine->identity_count, 2);
    assert_ptr_equal(machine->identity[0], attribute(machine, "name"));
    assert_ptr_equal(machine->identity[1], attribute(machine, "id"));
    assert_int_equal(machine->import_count, 2);
    assert_string_equal(machine->imports[0], "{name}/{id}");
    assert_int_equal(machine->moved_count, 1);
    assert_string_equal(machine->moved[0].provider, "other/workshop");
    assert_string_equal(machine->moved[0].type, "workshop_machine");
    assert_int_equal(machine->moved[0].count, 2);
    assert_string_equal(machine->moved[0].attributes[1].target, "cpus");
    assert_string_equal(machine->moved[0].attributes[1].source, "cores");
}

static void callbacks_become_calls(void **state)
{
    const struct schema *machine = &((const struct schema_set *)*state)->resources[0];
    static const struct {
        enum argument_kind kind;
        const char *type, *attribute;
    } expected[] = {
        {ARGUMENT_SESSION, "void *", NULL},       {ARGUMENT_IN, "const char *", "name"},
        {ARGUMENT_IN, "const char *", "size"},    {ARGUMENT_IN, "uint16_t", "cpus"},
        {ARGUMENT_IN, "int8_t", "offset"},        {ARGUMENT_IN, "double", "weight"},
        {ARGUMENT_IN, "float", "heat"},           {ARGUMENT_IN, "bool", "powered"},
        {ARGUMENT_IN, "int", "legacy"},           {ARGUMENT_IN, "const char *const *", "colors"},
        {ARGUMENT_IN, "const char *", "ports"},   {ARGUMENT_IN, "const char *", "labels"},
        {ARGUMENT_IN, "const char *", "rules"},   {ARGUMENT_PRIVATE_IN, "const char *", NULL},
        {ARGUMENT_LITERAL, "uint32_t", NULL},     {ARGUMENT_LITERAL, "const char *", NULL},
        {ARGUMENT_LITERAL, "const char *", NULL}, {ARGUMENT_OUT, "const char *", "id"},
        {ARGUMENT_OUT, "uint64_t", "serial"},     {ARGUMENT_OUT, "const char *", "report"},
        {ARGUMENT_REPORT, "void *", NULL},
    };
    const struct schema_callback *create = machine->callbacks[CALLBACK_CREATE];
    assert_int_equal(create->count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < create->count; i++) {
        const struct schema_argument *argument = &create->arguments[i];
        assert_int_equal(argument->kind, expected[i].kind);
        assert_string_equal(argument->c_type->name, expected[i].type);
        assert_ptr_equal(argument->attribute,
                         expected[i].attribute != NULL ? attribute(machine, expected[i].attribute) : NULL);
    }
    assert_int_equal(json_object_get_int64(create->arguments[14].literal), 493);
    assert_null(create->arguments[16].literal);
    assert_int_equal(create->arguments[10].c_type->family, C_JSON);
    assert_int_equal(create->arguments[1].c_type->family, C_TEXT);
    assert_int_equal(create->returns, RETURN_STATUS);
    assert_string_equal(create->return_type->name, "int");
    assert_null(create->call);
    assert_string_equal(create->pointer, "/callbacks/create");

    const struct schema_callback *read = machine->callbacks[CALLBACK_READ];
    assert_int_equal(read->returns, RETURN_ERRNO);
    assert_string_equal(read->return_type->name, "ssize_t");
    assert_int_equal(read->arguments[4].c_type->family, C_JSON); /* a list of strings comes out as text */
    assert_int_equal(machine->callbacks[CALLBACK_UPDATE]->arguments[2].kind, ARGUMENT_PRIOR);
    assert_int_equal(machine->callbacks[CALLBACK_LIST]->arguments[1].kind, ARGUMENT_LIST_OUT);
    assert_int_equal(machine->callbacks[CALLBACK_UPGRADE]->arguments[0].kind, ARGUMENT_VERSION);
    assert_int_equal(machine->callbacks[CALLBACK_UPGRADE]->arguments[2].kind, ARGUMENT_STATE_OUT);
    assert_int_equal(machine->check_count, 2);
    assert_string_equal(machine->checks[0].name, "check/0");
    assert_int_equal(machine->checks[0].arguments[4].kind, ARGUMENT_PRIVATE_OUT);
    assert_int_equal(machine->checks[1].count, 0);
}

static void functions_return_values(void **state)
{
    const struct schema_set *set = *state;
    const struct schema *volume = schema_find(set, SCHEMA_FUNCTION, "volume");
    const struct schema_callback *call = volume->callbacks[CALLBACK_CALL];
    assert_int_equal(call->returns, RETURN_VALUE);
    assert_string_equal(call->return_type->name, "double");
    assert_ptr_equal(call->return_attribute, attribute(volume, "result"));
    const struct schema_callback *motto =
        schema_find(set, SCHEMA_FUNCTION, "motto")->callbacks[CALLBACK_CALL];
    assert_int_equal(motto->return_type->family, C_TEXT);
    assert_false(motto->return_owned);
}

static void the_shipped_schemas_load(void **state)
{
    (void)state;
    struct diagnostics diags = {0};
    struct schema_set *set = schema_set_load(SHIPPED_SCHEMAS, &diags);
    assert_no_diagnostics(&diags);
    assert_non_null(set);
    assert_true(set->resource_count > 0);
    schema_set_destroy(set);
    schema_set_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_provider_is_read),
        cmocka_unit_test(schemas_are_found_by_kind_and_name),
        cmocka_unit_test(attributes_keep_the_order_and_all_that_is_said),
        cmocka_unit_test(types_nest),
        cmocka_unit_test(identity_imports_and_moves_are_read),
        cmocka_unit_test(callbacks_become_calls),
        cmocka_unit_test(functions_return_values),
        cmocka_unit_test(the_shipped_schemas_load),
    };
    return cmocka_run_group_tests(tests, set_up_schemas, tear_down_schemas);
}
