/* SPDX-License-Identifier: Apache-2.0
 *
 * json_text.c - JSON that comes from outside, as a tree; see json_text.h.
 *
 * json-c's parser changes its thread's locale for a moment, and glibc guards that with a lock which nobody
 * can make anew in a child: forked just then, the child could never parse again. So one thread parses at a
 * time, and a fork waits for it. (A mutex, since the child may unlock it; of a read-write lock it would not
 * be the owner.)
 */
#include "json_text.h"

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

struct json_object *json_text_parse(const char *text, size_t length)
{
    struct json_tokener *tokener;
    struct json_object *json = NULL;

    if (!text || length >= INT32_MAX || memchr(text, '\0', length) ||
        !(tokener = json_tokener_new_ex(DEPTH_MAX))) {
        return NULL;
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    pthread_once(&watching, watch_forks);
    pthread_mutex_lock(&gate);
    /* With its NUL, so that a number or a literal at the end is complete. */
    json = json_tokener_parse_ex(tokener, text, (int)length + 1);
    pthread_mutex_unlock(&gate);
    if (json_tokener_get_error(tokener) != json_tokener_success) {
        json_object_put(json);
        json = NULL;
    }
    json_tokener_free(tokener);
    return json;
}
