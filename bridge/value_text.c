/* SPDX-License-Identifier: Apache-2.0
 *
 * value_text.c - JSON text to a tree and back. json-c builds the tree; it forgives more than
 * it says (single quotes, numbers that saturate, keys that occur twice), so the text is
 * looked over first.
 */
#include "value.h"

#include "place.h"
#include "process.h"
#include "utf8.h"

#include <errno.h>
#include <json-c/printbuf.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

/* A look over the text, token by token. */
struct scan {
    const char *text, *end, *at;
    size_t keys; /* colons so far: one for each member of an object */
    size_t commas;
    size_t longest;      /* token so far, in bytes */
    size_t long_count;   /* integers outside 64 bits so far */
    const char *problem; /* what is wrong at `at` */
};

static bool fail(struct scan *scan, const char *at, const char *problem)
{
    scan->at = at;
    scan->problem = problem;
    return false;
}

/* The four digits after "\u"; -1 where they are not. */
static int hex4(const char *at, const char *end)
{
    int code = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

/* One escape; `at` is behind the backslash. */
static bool scan_escape(struct scan *scan)
{
    const char *start = scan->at - 1;
    if (scan->at == scan->end || strchr("\"\\/bfnrtu", *scan->at) == NULL || *scan->at == '\0')
        return fail(scan, start, "this escape does not exist in JSON");
    if (*scan->at++ != 'u')
        return true;
    int code = hex4(scan->at, scan->end);
    if (code < 0)
        return fail(scan, start, "\\u needs four hexadecimal digits");
    if (code == 0)
        return fail(scan, start, "a string can't hold a NUL");
    scan->at += 4;
    if (code >= 0xDC00 && code <= 0xDFFF)
        return fail(scan, start, "half a surrogate pair");
    if (code < 0xD800 || code > 0xDBFF)
        return true;
    int low =
        scan->end - scan->at >= 6 && memcmp(scan->at, "\\u", 2) == 0 ? hex4(scan->at + 2, scan->end) : -1;
    if (low < 0xDC00 || low > 0xDFFF)
        return fail(scan, start, "half a surrogate pair");
    scan->at += 6;
    return true;
}

static bool scan_string(struct scan *scan)
{
    const char *start = scan->at++;
    while (scan->at < scan->end && *scan->at != '"') {
        if ((unsigned char)*scan->at < ' ')
            return fail(scan, scan->at, "a control character in a string (or its closing quote is missing)");
        if (*scan->at++ == '\\' && !scan_escape(scan))
            return false;
    }
    if (scan->at == scan->end)
        return fail(scan, start, "this string has no closing quote");
    scan->at++;
    return true;
}

static size_t digits(const struct scan *scan, const char *at)
{
    const char *from = at;
    while (at < scan->end && *at >= '0' && *at <= '9')
        at++;
    return (size_t)(at - from);
}

/* Of an integer's text, sign and digits; a character that is no digit follows. */
static bool outside_64_bits(const char *start, const char *end)
{
    enum { ALWAYS_FIT = 18 };
    if (end - start <= ALWAYS_FIT)
        return false;
    errno = 0;
    if (*start == '-')
        strtoll(start, NULL, 10);
    else
        strtoull(start, NULL, 10);
    return errno == ERANGE;
}

/* With a point, whatever a program that loads the bridge has its locale write. */
static bool outside_double(const char *start)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double number = c == (locale_t)0 ? strtod(start, NULL) : strtod_l(start, NULL, c);
    if (c != (locale_t)0)
        freelocale(c);
    return !isfinite(number);
}

static bool scan_number(struct scan *scan)
{
    const char *start = scan->at, *at = start + (*start == '-');
    size_t whole = digits(scan, at);
    bool integer = true;
    if (whole == 0 || (whole > 1 && *at == '0'))
        return fail(scan, start, "not a JSON number");
    at += whole;
    if (at < scan->end && *at == '.') {
        size_t fraction = digits(scan, ++at);
        if (fraction == 0)
            return fail(scan, start, "not a JSON number");
        at += fraction;
        integer = false;
    }
    if (at < scan->end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < scan->end && (*at == '+' || *at == '-');
        size_t exponent = digits(scan, at);
        if (exponent == 0)
            return fail(scan, start, "not a JSON number");
        at += exponent;
        integer = false;
    }
    /* The text ends with a NUL, and what follows a number here is no part of one. */
    bool is_long = integer && outside_64_bits(start, at);
    if ((!integer || is_long) && outside_double(start))
        return fail(scan, start, "a number outside the range of a double");
    scan->long_count += is_long;
    scan->at = at;
    return true;
}

/* Blanks, punctuation and the letters of true, false and null. */
static bool may_occur(char c)
{
    static const bool table[256] = {
        [' '] = true, ['\t'] = true, ['\r'] = true, ['\n'] = true, ['['] = true, [']'] = true, ['{'] = true,
        ['}'] = true, [','] = true,  [':'] = true,  ['t'] = true,  ['r'] = true, ['u'] = true, ['e'] = true,
        ['f'] = true, ['a'] = true,  ['l'] = true,  ['s'] = true,  ['n'] = true};
    return table[(unsigned char)c];
}

/* What people write that know other syntaxes gets a word of its own. */
static const char *stray_character(char c)
{
    return c == '\''              ? "a character that does not belong here; strings stand in double quotes"
           : c == '/' || c == '#' ? "a character that does not belong here; JSON has no comments"
                                  : "a character that does not belong here";
}

/* Looks at every token; how they are put together is json-c's to check. */
static bool scan_tokens(struct scan *scan)
{
    size_t valid = utf8_valid_prefix(scan->text, (size_t)(scan->end - scan->text));
    if (scan->text + valid != scan->end)
        return fail(scan, scan->text + valid, "not UTF-8");
    while (scan->at < scan->end) {
        const char *start = scan->at;
        char c = *start;
        if (c == '"') {
            if (!scan_string(scan))
                return false;
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            if (!scan_number(scan))
                return false;
        } else if (may_occur(c)) {
            scan->keys += c == ':';
            scan->commas += c == ',';
            scan->at++;
        } else {
            return fail(scan, scan->at, stray_character(c));
        }
        size_t length = (size_t)(scan->at - start);
        scan->longest = length > scan->longest ? length : scan->longest;
    }
    return true;
}

/* What is put behind an integer outside 64 bits, which json-c would saturate: so it keeps the digits. */
static const char no_fraction[] = ".0";

/* Takes the fraction away again that such an integer was given. */
static void restore_integer(struct json_object *number)
{
    char *text = json_object_get_userdata(number);
    size_t length = text != NULL ? strlen(text) : 0, added = strlen(no_fraction);
    if (length > added && strcmp(text + length - added, no_fraction) == 0 &&
        outside_64_bits(text, text + length - added))
        text[length - added] = '\0';
}

/* What a tree holds: members of objects, and the commas that part members and elements. */
struct census {
    size_t members, commas;
};

/* Counts what is there, and restores integers on the way. */
static void count(struct json_object *value, struct census *census)
{
    size_t length = 0;
    if (json_object_is_type(value, json_type_object)) {
        length = (size_t)json_object_object_length(value);
        census->members += length;
        json_object_object_foreach(value, key, member)
        {
            (void)key;
            count(member, census);
        }
    } else if (json_object_is_type(value, json_type_array)) {
        length = json_object_array_length(value);
        for (size_t i = 0; i < length; i++)
            count(json_object_array_get_idx(value, i), census);
    } else if (json_object_is_type(value, json_type_double)) {
        restore_integer(value);
    }
    census->commas += length > 0 ? length - 1 : 0;
}

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end && strchr(" \t\r\n", *scan->at) != NULL)
        scan->at++;
}

static struct json_object *parse(struct json_tokener *tokener, const char *text, int length)
{
    process_hold_fork();
    struct json_object *value = json_tokener_parse_ex(tokener, text, length);
    process_let_fork();
    return value;
}

/* The first integer outside 64 bits from there on, of text that was looked over: its end, or NULL. */
static const char *long_integer_end(const char *at, const char *end)
{
    struct scan scan = {.text = at, .end = end, .at = at};
    while (scan.at < end && scan.long_count == 0)
        if (*scan.at == '"')
            scan_string(&scan);
        else if (*scan.at == '-' || (*scan.at >= '0' && *scan.at <= '9'))
            scan_number(&scan);
        else
            scan.at++;
    return scan.long_count > 0 ? scan.at : NULL;
}

/* Likewise of a whole text, in pieces: each integer outside 64 bits ends one. *stopped receives how far the
 * tokener came. */
static struct json_object *parse_pieces(struct json_tokener *tokener, const struct scan *scan,
                                        const char **stopped)
{
    struct json_object *value = NULL;
    const char *from = scan->text;
    for (size_t left = scan->long_count; left > 0; left--) {
        const char *to = long_integer_end(from, scan->end);
        value = parse(tokener, from, (int)(to - from));
        *stopped = from + json_tokener_get_parse_end(tokener);
        if (json_tokener_get_error(tokener) != json_tokener_continue)
            return value;
        parse(tokener, no_fraction, (int)strlen(no_fraction));
        from = to;
    }
    /* The NUL behind the text tells json-c that a number at the end is over. */
    value = parse(tokener, from, (int)(scan->end - from) + 1);
    *stopped = from + json_tokener_get_parse_end(tokener);
    return value;
}

/* Finds the key that occurs twice, in text that json-c took: *pointer receives it. True when found. */
static bool find_duplicate(struct scan *scan, const struct place *place, char **pointer);

/* One member of an object: its key, and what is within. */
static bool find_in_member(struct scan *scan, const struct place *up, struct json_object *seen,
                           char **pointer)
{
    const char *start = scan->at;
    if (!scan_string(scan))
        return true;
    struct json_tokener *tokener = json_tokener_new();
    if (tokener == NULL)
        return true;
    struct json_object *key = parse(tokener, start, (int)(scan->at - start));
    json_tokener_free(tokener);
    bool found = key == NULL;
    if (key != NULL) {
        struct place here = {up, json_object_get_string(key), 0};
        if (json_object_object_get_ex(seen, here.key, NULL)) {
            *pointer = place_pointer(&here);
            found = true;
        } else {
            found = json_object_object_add(seen, here.key, NULL) != 0;
            skip_space(scan);
            scan->at++; /* ':' */
            found = found || find_duplicate(scan, &here, pointer);
        }
    }
    json_object_put(key);
    return found;
}

static bool find_duplicate(struct scan *scan, const struct place *place, char **pointer)
{
    skip_space(scan);
    char open = *scan->at;
    if (open == '"')
        return !scan_string(scan);
    if (open != '{' && open != '[') {
        scan->at += strcspn(scan->at, ",]} \t\r\n");
        return false;
    }
    struct json_object *seen = open == '{' ? json_object_new_object() : NULL;
    bool found = open == '{' && seen == NULL;
    struct place element = {place, NULL, 0};
    scan->at++;
    for (skip_space(scan); !found && scan->at < scan->end && *scan->at != '}' && *scan->at != ']';
         skip_space(scan)) {
        if (*scan->at == ',') {
            scan->at++;
            element.index++;
        } else {
            found = open == '{' ? find_in_member(scan, place, seen, pointer)
                                : find_duplicate(scan, &element, pointer);
        }
    }
    scan->at += !found;
    json_object_put(seen);
    return found;
}

static bool syntax_problem(const struct scan *scan, const char *at, const char *what, char **problem)
{
    size_t line = 1;
    const char *line_start = scan->text;
    for (const char *c = scan->text; c < at; c++)
        if (*c == '\n') {
            line++;
            line_start = c + 1;
        }
    if (asprintf(problem, "line %zu, column %zu: %s", line,
                 utf8_characters(line_start, (size_t)(at - line_start)) + 1, what) < 0)
        *problem = NULL;
    return false;
}

/* The last character before `at` that is no blank; NUL where there is none. */
static char character_before(const struct scan *scan, const char *at)
{
    while (at > scan->text && strchr(" \t\r\n", at[-1]) != NULL)
        at--;
    return at > scan->text ? at[-1] : '\0';
}

/* What json-c found at `at`, for people who type JSON by hand. */
static const char *grammar_problem(const struct scan *scan, const char *at, enum json_tokener_error error)
{
    const char before = character_before(scan, at);
    if (before == ',' && at < scan->end && strchr("}]", *at) != NULL)
        return "a comma stands before this bracket, behind the last member; take it away";
    switch (error) {
    case json_tokener_error_parse_array:
    case json_tokener_error_parse_object_value_sep:
        return "a comma is missing before this, or a closing bracket";
    case json_tokener_error_parse_object_key_name:
        return "a name in double quotes must stand here";
    case json_tokener_error_parse_object_key_sep:
        return "a colon is missing before this";
    case json_tokener_error_parse_unexpected:
        return at == scan->end || before == '\0' || strchr("[{,:", before) != NULL
                   ? "a value must stand here: text in double quotes, a number, true, false, null, { or ["
                   : "nothing may stand here any more: all brackets are closed";
    default:
        return json_tokener_error_desc(error);
    }
}

bool value_from_text(const char *text, size_t length, struct json_object **value, char **problem)
{
    struct scan scan = {.text = text, .end = text + length, .at = text};
    *value = NULL;
    *problem = NULL;
    if (length >= INT_MAX)
        return syntax_problem(&scan, text, "the text is too long", problem);
    if (!scan_tokens(&scan))
        return syntax_problem(&scan, scan.at, scan.problem, problem);
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    if (tokener == NULL)
        return false;
    /* Room for the longest token there is: json-c does not look whether its buffer could grow. */
    if (printbuf_memset(tokener->pb, 0, 0, (int)(scan.longest + sizeof no_fraction)) != 0) {
        json_tokener_free(tokener);
        return false;
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    const char *stopped = text;
    *value = parse_pieces(tokener, &scan, &stopped);
    stopped = stopped < scan.end ? stopped : scan.end;
    enum json_tokener_error error = json_tokener_get_error(tokener);
    /* It may hold a provider's settings. */
    explicit_bzero(tokener->pb->buf, (size_t)tokener->pb->size);
    json_tokener_free(tokener);
    if (error == json_tokener_continue || error == json_tokener_error_parse_eof)
        return syntax_problem(&scan, scan.end, "the text ends too early", problem);
    if (error != json_tokener_success)
        return syntax_problem(&scan, stopped, grammar_problem(&scan, stopped, error), problem);
    /* Without memory json-c answers null. */
    scan.at = text;
    skip_space(&scan);
    if (*value == NULL && *scan.at != 'n')
        return false;
    /* What a key that occurs twice replaces is missing, and so is what json-c had no memory to add. */
    struct census census = {0};
    count(*value, &census);
    if (census.members == scan.keys && census.commas == scan.commas)
        return true;
    json_object_put(*value);
    *value = NULL;
    char *pointer = NULL;
    scan.at = text;
    if (find_duplicate(&scan, &(struct place){0}, &pointer) && pointer != NULL &&
        asprintf(problem, "at %s: this key occurs twice in its object", pointer) < 0)
        *problem = NULL;
    free(pointer);
    return false;
}

char *value_to_text(struct json_object *value)
{
    /* json-c leaves out what its buffer could not grow for, and says so nowhere but here. */
    errno = 0;
    const char *text =
        json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    return text != NULL && errno != ENOMEM ? strdup(text) : NULL;
}
