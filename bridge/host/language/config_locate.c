/* SPDX-License-Identifier: Apache-2.0
 *
 * config_locate.c - from a JSON pointer to a line and column of the text, for messages. Descends along the
 * pointer only, and skips what lies beside it without building anything.
 */
#include "config.h"

#include "../../utf8.h"
#include "../../value.h"

#include <stdlib.h>
#include <string.h>

struct cursor {
    const char *at, *end;
};

static void skip_space(struct cursor *cursor)
{
    while (cursor->at < cursor->end && strchr(" \t\r\n", *cursor->at) != NULL && *cursor->at != '\0')
        cursor->at++;
}

static bool skip_string(struct cursor *cursor)
{
    for (cursor->at++; cursor->at < cursor->end && *cursor->at != '"'; cursor->at++)
        if (*cursor->at == '\\')
            cursor->at++;
    if (cursor->at >= cursor->end)
        return false;
    cursor->at++;
    return true;
}

/* Skips a value, however deep, by counting brackets. */
static bool skip_value(struct cursor *cursor)
{
    size_t depth = 0;
    do {
        skip_space(cursor);
        if (cursor->at >= cursor->end)
            return false;
        char c = *cursor->at;
        if (c == '"') {
            if (!skip_string(cursor))
                return false;
        } else if (c == '{' || c == '[') {
            depth++;
            cursor->at++;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                return false;
            depth--;
            cursor->at++;
        } else if (c == ',' || c == ':') {
            cursor->at++;
        } else {
            while (cursor->at < cursor->end && strchr(",:]}{[\" \t\r\n", *cursor->at) == NULL)
                cursor->at++;
        }
    } while (depth > 0);
    return true;
}

/* Whether a key, with its quotes, is a step of the pointer. */
static bool is_key(const char *key, size_t key_length, const char *step, size_t length)
{
    struct json_object *string = NULL;
    char *copy = strndup(key, key_length), *problem = NULL;
    bool same = copy != NULL && value_from_text(copy, key_length, &string, &problem);
    const char *name = same ? json_object_get_string(string) : "";
    for (size_t i = 0; same && i < length; i++, name++) {
        char c = step[i];
        if (c == '~' && i + 1 < length)
            c = step[++i] == '1' ? '/' : '~';
        same = *name == c;
    }
    same = same && *name == '\0';
    json_object_put(string);
    free(problem);
    free(copy);
    return same;
}

/* Puts the cursor on the member or element that a step names; false where there is none. */
static bool descend(struct cursor *cursor, const char *step, size_t length)
{
    bool object = *cursor->at == '{';
    size_t wanted = object ? 0 : strtoul(step, NULL, 10);
    if (!object && *cursor->at != '[')
        return false;
    cursor->at++;
    for (size_t index = 0;; index++) {
        bool found = index == wanted;
        skip_space(cursor);
        if (cursor->at >= cursor->end || *cursor->at == '}' || *cursor->at == ']')
            return false;
        if (object) {
            const char *key = cursor->at;
            if (*key != '"' || !skip_string(cursor))
                return false;
            found = is_key(key, (size_t)(cursor->at - key), step, length);
            skip_space(cursor);
            if (cursor->at >= cursor->end || *cursor->at++ != ':')
                return false;
            skip_space(cursor);
        }
        if (found)
            return cursor->at < cursor->end;
        if (!skip_value(cursor))
            return false;
        skip_space(cursor);
        if (cursor->at < cursor->end && *cursor->at == ',')
            cursor->at++;
    }
}

/* Goes as far along a pointer as there is something. */
static void follow(struct cursor *cursor, const char *pointer)
{
    struct cursor next = *cursor;
    while (*pointer == '/') {
        size_t length = strcspn(++pointer, "/");
        if (!descend(&next, pointer, length))
            return;
        *cursor = next;
        pointer += length;
    }
}

/* A line and column of value_from_text()'s. */
static void follow_position(struct cursor *cursor, size_t line, size_t column)
{
    for (size_t i = 1; i < line && cursor->at < cursor->end; cursor->at++)
        i += *cursor->at == '\n';
    /* Columns are characters: the bytes that go on with one are not counted. */
    for (size_t i = 1; i < column && cursor->at < cursor->end; i++)
        for (cursor->at++; cursor->at < cursor->end && ((unsigned char)*cursor->at & 0xC0) == 0x80;)
            cursor->at++;
}

/* The number, from 1, behind a word that *at stands before, and goes on behind it; otherwise 0. */
static size_t number_behind(const char **at, const char *word)
{
    size_t length = strlen(word);
    char *end = NULL;
    if (strncmp(*at, word, length) != 0)
        return 0;
    size_t number = strtoul(*at + length, &end, 10);
    *at = end;
    return number;
}

/* Where broken text is broken: value_from_text() says a line and column, or a key that is there twice. Where
 * nothing is wrong the cursor stays. */
static void find_problem(const struct config_source *source, struct cursor *cursor)
{
    struct json_object *value = NULL;
    char *problem = NULL, *end = NULL;
    bool broken = !value_from_text(source->text, source->length, &value, &problem) && problem != NULL;
    const char *at = problem;
    size_t line = broken ? number_behind(&at, "line ") : 0;
    size_t column = line > 0 ? number_behind(&at, ", column ") : 0;
    if (column > 0) {
        cursor->at = source->text;
        follow_position(cursor, line, column);
    } else if (broken && (end = strrchr(problem, ':')) != NULL) {
        *end = '\0';
        follow(cursor, problem + strcspn(problem, "/"));
    }
    json_object_put(value);
    free(problem);
}

bool config_locate(const struct config_source *source, const char *pointer, size_t *line, size_t *column,
                   size_t *offset)
{
    struct cursor cursor = {source->text, source->text + source->length};
    const char *line_start = source->text;
    skip_space(&cursor);
    if (*pointer == '\0')
        find_problem(source, &cursor);
    else if (cursor.at >= cursor.end)
        return false;
    else
        follow(&cursor, pointer);
    const char *found = cursor.at;
    *line = 1;
    for (const char *c = source->text; c < found; c++)
        if (*c == '\n') {
            (*line)++;
            line_start = c + 1;
        }
    *column = utf8_characters(line_start, (size_t)(found - line_start)) + 1;
    *offset = (size_t)(found - source->text);
    return true;
}
