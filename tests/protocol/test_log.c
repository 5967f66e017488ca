/* SPDX-License-Identifier: Apache-2.0
 *
 * test_log.c - a log line is one JSON object, whatever goes in: Terraform crashes on others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../bridge/utf8.h"
#include "log.h"

static struct log output;

/* Parses the line, having looked at what holds of each. */
static struct json_object *line_of(const char *message, const char *fields)
{
    static const char *const strings[] = {"@level", "@message", "@module", "@timestamp"};
    char *line = log_line(&output, LOG_INFO, message, fields);
    assert_non_null(line);
    size_t length = strlen(line);
    assert_true(length < 64 << 10);
    assert_ptr_equal(strchr(line, '\n'), line + length - 1);
    assert_int_equal(utf8_valid_prefix(line, length), length);
    struct json_object *parsed = json_tokener_parse(line);
    assert_true(json_object_is_type(parsed, json_type_object));
    for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++)
        assert_true(json_object_is_type(json_object_object_get(parsed, strings[i]), json_type_string));
    free(line);
    return parsed;
}

static void assert_member(struct json_object *line, const char *key, const char *expected)
{
    assert_string_equal(json_object_get_string(json_object_object_get(line, key)), expected);
}

static void messages_are_escaped(void **state)
{
    static const char *const messages[][2] = {
        {"plain", "plain"},
        {"", ""},
        {"\"quoted\"\\\n\t\x01", "\"quoted\"\\\n\t\x01"},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
        {"broken \xff\xc3", "broken \xef\xbf\xbd\xef\xbf\xbd"},
        {"surrogate \xed\xa0\x80", "surrogate \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(messages) / sizeof(*messages); i++) {
        struct json_object *line = line_of(messages[i][0], NULL);
        assert_member(line, "@message", messages[i][1]);
        json_object_put(line);
    }
}

static void a_line_says_level_module_and_time(void **state)
{
    struct json_object *line = line_of("x", NULL);
    (void)state;
    assert_member(line, "@level", "info");
    assert_member(line, "@module", "test");
    const char *time = json_object_get_string(json_object_object_get(line, "@timestamp"));
    assert_int_equal(strlen(time), strlen("2006-01-02T15:04:05.000000Z"));
    assert_int_equal(time[10], 'T');
    assert_int_equal(time[26], 'Z');
    json_object_put(line);
}

static void fields_become_members(void **state)
{
    struct json_object *line = line_of("x", "{\"status\": 200, \"path\": \"/v2/kms\", \"none\": null}");
    (void)state;
    assert_int_equal(json_object_get_int(json_object_object_get(line, "status")), 200);
    assert_member(line, "path", "/v2/kms");
    assert_true(json_object_object_get_ex(line, "none", NULL));
    json_object_put(line);
}

static void fields_cannot_replace_what_the_host_reads(void **state)
{
    struct json_object *line =
        line_of("x", "{\"@message\": 5, \"@level\": {}, \"@timestamp\": null, \"kept\": true}");
    (void)state;
    assert_member(line, "@message", "x");
    assert_member(line, "@level", "info");
    assert_member(line, "kept", "true");
    json_object_put(line);
}

static void fields_that_are_no_object_are_text(void **state)
{
    static const char *const texts[] = {"", "[1]", "{\"a\": 1} and more", "{\"a\": \"\xff\"}", "no JSON\n{}"};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct json_object *line = line_of("x", texts[i]);
        assert_true(json_object_is_type(json_object_object_get(line, "fields"), json_type_string));
        json_object_put(line);
    }
}

static void long_texts_are_cut(void **state)
{
    size_t size = 1 << 20;
    char *text = malloc(size + 1);
    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < size; i++)
        text[i] = i % 2 ? '\x01' : '"';
    text[size] = '\0';
    struct json_object *line = line_of(text, text);
    const char *message = json_object_get_string(json_object_object_get(line, "@message"));
    assert_string_equal(message + strlen(message) - 6, " [cut]");
    json_object_put(line);

    for (size_t i = 0; i < size; i++)
        text[i] = "x\xe2\x82\xac"[i ? 1 + (i - 1) % 3 : 0];
    line = line_of(text, NULL);
    assert_null(strstr(json_object_get_string(json_object_object_get(line, "@message")), "\xef\xbf\xbd"));
    json_object_put(line);
    free(text);
}

static void large_fields_do_not_make_a_line_too_long(void **state)
{
    size_t size = 20 << 10;
    char *text = malloc(size + 32);
    (void)state;
    assert_non_null(text);
    size_t filled = (size_t)sprintf(text, "{\"a\": \"");
    while (filled < size)
        filled += (size_t)sprintf(text + filled, "\x7f");
    sprintf(text + filled, "\"}");
    json_object_put(line_of("x", text));
    free(text);
}

static void the_environment_says_the_level(void **state)
{
    static const struct {
        const char *provider, *all;
        enum log_level level;
    } cases[] = {
        {NULL, NULL, LOG_NONE},   {NULL, "", LOG_NONE},          {NULL, "debug", LOG_DEBUG},
        {NULL, "WARN", LOG_WARN}, {"ERROR", "trace", LOG_ERROR}, {"off", "trace", LOG_NONE},
        {"", "INFO", LOG_INFO},   {NULL, "JSON", LOG_TRACE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        unsetenv("TF_LOG_PROVIDER");
        unsetenv("TF_LOG");
        if (cases[i].provider)
            setenv("TF_LOG_PROVIDER", cases[i].provider, 1);
        if (cases[i].all)
            setenv("TF_LOG", cases[i].all, 1);
        assert_int_equal(log_level_wanted(), cases[i].level);
    }
}

static void nothing_is_written_beyond_the_level(void **state)
{
    struct log written;
    char text[512];
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    log_init(&written, LOG_WARN, ends[1], "test");
    written.base.write(&written.base, LOG_INFO, "not wanted", NULL);
    written.base.write(&written.base, LOG_WARN, "wanted", NULL);
    close(ends[1]);
    ssize_t size = read(ends[0], text, sizeof(text) - 1);
    assert_true(size > 0);
    text[size] = '\0';
    assert_non_null(strstr(text, "\"@message\":\"wanted\""));
    assert_null(strstr(text, "not wanted"));
    assert_int_equal(read(ends[0], text, sizeof(text)), 0);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_escaped),
        cmocka_unit_test(a_line_says_level_module_and_time),
        cmocka_unit_test(fields_become_members),
        cmocka_unit_test(fields_cannot_replace_what_the_host_reads),
        cmocka_unit_test(fields_that_are_no_object_are_text),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(large_fields_do_not_make_a_line_too_long),
        cmocka_unit_test(the_environment_says_the_level),
        cmocka_unit_test(nothing_is_written_beyond_the_level),
    };
    log_init(&output, LOG_TRACE, STDERR_FILENO, "test");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
