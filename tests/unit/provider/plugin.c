/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin.c - a plugin for the tests of the provider interface. It keeps nothing: `thing` tells in its `echo`
 * attribute exactly what C received, and its name says how to behave. It includes no header of the bridge, as
 * no plugin does.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct report {
    void (*add)(const struct report *report, int severity, const char *attribute, const char *summary,
                const char *detail);
};
struct log {
    void (*write)(const struct log *log, int level, const char *message, const char *fields);
    int level;
};

struct session {
    char *account;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool cancelled;
};

#define EXPORT __attribute__((visibility("default")))

/* The bridge must release everything that is handed out: tests compare these. */
EXPORT int plugin_allocated;
EXPORT int plugin_sessions;
EXPORT int plugin_waiting; /* calls so far that wait to be cancelled */

static char *hand_out(const char *text)
{
    __atomic_add_fetch(&plugin_allocated, 1, __ATOMIC_SEQ_CST);
    return strdup(text);
}

EXPORT void plugin_free(void *memory)
{
    if (memory != NULL)
        __atomic_sub_fetch(&plugin_allocated, 1, __ATOMIC_SEQ_CST);
    free(memory);
}

EXPORT uint32_t plugin_abi(void)
{
    return 7;
}

EXPORT struct session *plugin_open(const char *account, const struct log *log, const struct report *report)
{
    if (account == NULL || strcmp(account, "refused") == 0) {
        report->add(report, 1, "account", "Account refused", "Choose another.");
        return NULL;
    }
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL)
        return NULL;
    session->account = strdup(account);
    pthread_mutex_init(&session->lock, NULL);
    pthread_cond_init(&session->changed, NULL);
    __atomic_add_fetch(&plugin_sessions, 1, __ATOMIC_SEQ_CST);
    log->write(log, 4, "opened", "{\"account\":\"given\"}");
    return session;
}

EXPORT void plugin_close(struct session *session)
{
    __atomic_sub_fetch(&plugin_sessions, 1, __ATOMIC_SEQ_CST);
    free(session->account);
    free(session);
}

EXPORT void plugin_cancel(struct session *session, const struct report *report)
{
    (void)report;
    pthread_mutex_lock(&session->lock);
    session->cancelled = true;
    pthread_cond_broadcast(&session->changed);
    pthread_mutex_unlock(&session->lock);
}

static int wait_for_cancel(struct session *session, const struct report *report)
{
    pthread_mutex_lock(&session->lock);
    __atomic_add_fetch(&plugin_waiting, 1, __ATOMIC_SEQ_CST);
    while (!session->cancelled)
        pthread_cond_wait(&session->changed, &session->lock);
    pthread_mutex_unlock(&session->lock);
    report->add(report, 1, NULL, "Cancelled", "");
    return 7;
}

EXPORT int thing_create(struct session *session, const char *name, uint16_t port, int8_t level, float ratio,
                        bool enabled, const char *const *labels, const char *tags, const char *rules,
                        const char *operation, const char *private_text, char **id, char **echo, char **parts,
                        int64_t *revision, const struct report *report)
{
    if (strcmp(name, "wait") == 0)
        return wait_for_cancel(session, report);
    if (strcmp(name, "silent") == 0)
        return 3;
    if (strcmp(name, "nothing") == 0)
        return 0;
    if (strcmp(name, "bad-utf8") == 0) {
        *id = hand_out("\xff\xfe");
        return 0;
    }
    *id = hand_out(name);
    if (strcmp(name, "tainted") == 0) {
        report->add(report, 1, "name", "Made, but not whole", "Try again.");
        return 2;
    }
    char text[1024];
    size_t used = (size_t)snprintf(text, sizeof text, "%s|%u|%d|%g|%d|%s|%s|%s|%s|", session->account, port,
                                   level, (double)ratio, enabled, tags ? tags : "null",
                                   rules ? rules : "null", operation, private_text ? private_text : "null");
    for (size_t i = 0; labels != NULL && labels[i] != NULL; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s,", labels[i]);
    *echo = hand_out(text);
    *parts = hand_out("{\"host\":\"h\",\"ports\":[1,2]}");
    *revision = 1;
    report->add(report, 2, NULL, "A warning", "Nothing to do.");
    return 0;
}

EXPORT int thing_read(const char *id, char **echo, char **only_read)
{
    if (id == NULL || strcmp(id, "gone") == 0)
        return 1;
    *echo = hand_out("read");
    *only_read = hand_out("from read");
    return 0;
}

EXPORT int thing_update(const char *id, const char *old_name, uint16_t old_port, uint16_t port,
                        int64_t *revision, const struct report *report)
{
    (void)id;
    if (port == 13) {
        report->add(report, 1, "/rules/0/port", "Port 13 is refused", "Take another.");
        return 5;
    }
    *revision = old_name != NULL ? 1000 + old_port : 0;
    return 0;
}

EXPORT int thing_delete(const char *id)
{
    errno = strcmp(id, "gone") == 0 ? ENOENT : EBUSY;
    return strcmp(id, "gone") == 0 || strcmp(id, "busy") == 0 ? -1 : 0;
}

EXPORT int thing_list(char **json)
{
    *json = hand_out("[{\"name\":\"a\",\"id\":\"a\",\"port\":1},{\"name\":\"b\",\"id\":\"b\"}]");
    return 0;
}

EXPORT int thing_check(const char *operation, const char *name, const char *old_name, const char *earlier,
                       char **private_text, const struct report *report)
{
    if (strcmp(name, "refuse") == 0) {
        report->add(report, 1, "name", "Name refused", "Take another.");
        return 3;
    }
    char text[256];
    snprintf(text, sizeof text, "%s:%s:%s:%s", operation, name, old_name ? old_name : "-",
             earlier ? earlier : "-");
    *private_text = hand_out(text);
    return 0;
}

EXPORT int thing_upgrade(const char *state, int64_t version, char **upgraded)
{
    char text[512];
    if (strstr(state, "broken") != NULL)
        return 2;
    snprintf(text, sizeof text, "{\"name\":\"from version %lld\",\"id\":\"x\",\"port\":9}",
             (long long)version);
    *upgraded = hand_out(text);
    return 0;
}

EXPORT int place_make(const char *path, uint32_t mode, char **owner)
{
    (void)mode;
    if (strcmp(path, "odd") == 0) {
        *owner = hand_out("\xff\xfe");
        return 0;
    }
    errno = strcmp(path, "there") == 0 ? EEXIST : EACCES;
    return strcmp(path, "free") == 0 || strcmp(path, "slow") == 0 ? 0 : -1;
}

EXPORT int place_look(struct session *session, const char *path, int64_t *age, const struct report *report)
{
    *age = 1;
    if (strcmp(path, "slow") == 0) {
        wait_for_cancel(session, report);
        errno = EINTR;
        return -1;
    }
    errno = ENOTDIR;
    return strcmp(path, "file") == 0 ? -1 : 0;
}

EXPORT int place_list(char **json)
{
    *json = hand_out("[\"free\"]");
    return 0;
}

EXPORT double half(double number)
{
    return number / 2;
}

EXPORT int8_t negate(int8_t number)
{
    return (int8_t)-number;
}

EXPORT const char *greeting(void)
{
    return "borrowed";
}

EXPORT char *shout(const char *text)
{
    char *copy = hand_out(text);
    for (char *c = copy; *c != '\0'; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    return copy;
}

EXPORT int lookup(const char *key, char **value)
{
    if (strcmp(key, "none") == 0)
        return 1;
    *value = hand_out("found");
    return 0;
}

/* Tells what was asked with; nothing is found by the word "none". */
EXPORT int search(const char *query, const char *names, char **value)
{
    char text[256];
    if (strstr(query, "\"none\"") != NULL)
        return 1;
    snprintf(text, sizeof text, "%s %s", query, names != NULL ? names : "null");
    *value = hand_out(text);
    return 0;
}
