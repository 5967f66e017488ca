/* SPDX-License-Identifier: Apache-2.0
 *
 * json_text.c - JSON text as a tree, and back; see json_text.h. json-c does not say where it had no memory
 * for a part: it is compared with the text what came out.
 *
 * json-c's parser changes its thread's locale for a moment, and glibc guards that with a lock which nobody
 * can make anew in a child: forked just then, the child could never parse again. So one thread parses at a
 * time, and a fork waits for it. (A mutex, since the child may unlock it; of a read-write lock it would not
 * be the owner.)
 */
#include "json_text.h"

#include <errno.h>
#include <json-c/printbuf.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

enum { DEPTH_MAX = 32 };

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t watching = PTHREAD_ONCE_INIT;

static void close_gate(void)
{
    pthread_mutex_lock(&gate);
}

static void open_gate(void)
{
    pthread_mutex_unlock(&gate);
}

static void watch_forks(void)
{
    pthread_atfork(close_gate, open_gate, open_gate);
}

/* What a document holds: members of objects, and the commas that part members and elements. */
struct census {
    size_t members, commas;
};

/* Of text that json-c took. */
static struct census count_text(const char *text)
{
    struct census census = {0};
    bool quoted = false;

    for (; *text; text++) {
        if (quoted && *text == '\\') {
            text++;
        } else if (*text == '"') {
            quoted = !quoted;
        } else if (!quoted) {
            census.members += *text == ':';
            census.commas += *text == ',';
        }
    }
    return census;
}

static void count_tree(struct json_object *json, struct census *census)
{
    size_t length = 0;

    if (json_object_is_type(json, json_type_object)) {
        length = (size_t)json_object_object_length(json);
        census->members += length;
        json_object_object_foreach(json, name, value)
        {
            (void)name;
            count_tree(value, census);
        }
    } else if (json_object_is_type(json, json_type_array)) {
        length = json_object_array_length(json);
        for (size_t i = 0; i < length; i++) {
            count_tree(json_object_array_get_idx(json, i), census);
        }
    }
    census->commas += length ? length - 1 : 0;
}

/* Whether all of the text is in the tree: a database that got lost would open the way to the removal of its
 * key. */
static bool is_whole(const char *text, struct json_object *json)
{
    const struct census wanted = count_text(text);
    struct census found = {0};

    count_tree(json, &found);
    return wanted.members == found.members && wanted.commas == found.commas;
}

struct json_object *json_text_parse(const char *text, size_t length)
{
    struct json_tokener *tokener;
    struct json_object *json = NULL;

    if (!text || length >= INT32_MAX || memchr(text, '\0', length) ||
        !(tokener = json_tokener_new_ex(DEPTH_MAX))) {
        return NULL;
    }
    /* Room for the longest string there can be: json-c does not look whether its buffer could grow. */
    if (printbuf_memset(tokener->pb, 0, 0, (int)length + 1)) {
        json_tokener_free(tokener);
        return NULL;
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    pthread_once(&watching, watch_forks);
    pthread_mutex_lock(&gate);
    /* With its NUL, so that a number or a literal at the end is complete. */
    json = json_tokener_parse_ex(tokener, text, (int)length + 1);
    pthread_mutex_unlock(&gate);
    if (json_tokener_get_error(tokener) != json_tokener_success || !is_whole(text, json)) {
        json_object_put(json);
        json = NULL;
    }
    json_tokener_free(tokener);
    return json;
}

const char *json_text_print(struct json_object *json)
{
    const char *text;

    errno = 0;
    text = json
               ? json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
               : NULL;
    return errno == ENOMEM ? NULL : text;
}

bool json_text_put(struct json_object *object, const char *name, const char *text)
{
    struct json_object *value = object && text ? json_object_new_string(text) : NULL;

    if (!value || json_object_object_add(object, name, value)) {
        json_object_put(value);
        return false;
    }
    return true;
}
