/* SPDX-License-Identifier: Apache-2.0
 *
 * faults.c - reads, keeps and matches scripted faults; see faults.h.
 */
#include "faults.h"
#include "json.h"
#include "traffic.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { LONGEST_WAIT_MS = 3600000 };
#define LARGEST_BODY ((int64_t)1 << 32)

struct faults {
    pthread_mutex_t lock;
    TAILQ_HEAD(, fault) list;
};

struct faults *faults_create(void)
{
    struct faults *faults = calloc(1, sizeof *faults);
    if (faults) {
        pthread_mutex_init(&faults->lock, NULL);
        TAILQ_INIT(&faults->list);
    }
    return faults;
}

static void free_fault(struct fault *fault)
{
    if (!fault)
        return;
    for (size_t i = 0; i < fault->header_count; i++) {
        free(fault->headers[i].name);
        free(fault->headers[i].value);
    }
    free(fault->headers);
    free(fault->method);
    free(fault->path);
    free(fault->body);
    if (fault->released >= 0)
        close(fault->released);
    free(fault);
}

void faults_destroy(struct faults *faults)
{
    if (!faults)
        return;
    faults_clear(faults);
    pthread_mutex_destroy(&faults->lock);
    free(faults);
}

/* --- reading --- */

static bool read_number(struct json_object *value, int64_t smallest, int64_t largest, int64_t *number)
{
    *number = json_object_get_int64(value);
    return json_object_is_type(value, json_type_int) && *number >= smallest && *number <= largest;
}

static bool read_wait(struct json_object *value, int *wait)
{
    int64_t number = 0;
    bool good = read_number(value, 0, LONGEST_WAIT_MS, &number);
    *wait = (int)number;
    return good;
}

static bool read_switch(struct json_object *value, bool *on)
{
    *on = json_object_get_boolean(value);
    return json_object_is_type(value, json_type_boolean);
}

static bool read_text(struct json_object *value, char **text)
{
    if (!json_object_is_type(value, json_type_string))
        return false;
    *text = strdup(json_object_get_string(value));
    return *text != NULL;
}

static bool read_close(struct json_object *value, enum fault_close *close)
{
    static const char *const names[] = {"", "before", "middle", "after-storing"};
    for (enum fault_close i = CLOSE_BEFORE; i <= CLOSE_AFTER_STORING; i++) {
        if (json_object_is_type(value, json_type_string) &&
            strcmp(json_object_get_string(value), names[i]) == 0) {
            *close = i;
            return true;
        }
    }
    return false;
}

/* Whether libmicrohttpd would take the header; else it closes the connection. */
static bool can_be_sent(const struct fault_header *header)
{
    return *header->name && !strpbrk(header->name, "\r\n\t :") && *header->value &&
           !strpbrk(header->value, "\r\n") && strcasecmp(header->name, "Content-Length") != 0 &&
           strcasecmp(header->name, "Transfer-Encoding") != 0;
}

static bool read_headers(struct json_object *value, struct fault *fault)
{
    if (!json_object_is_type(value, json_type_object))
        return false;
    fault->headers = calloc((size_t)json_object_object_length(value) + 1, sizeof *fault->headers);
    if (!fault->headers)
        return false;
    json_object_object_foreach(value, name, text)
    {
        struct fault_header *header = &fault->headers[fault->header_count++];
        header->name = strdup(name);
        if (!header->name || !read_text(text, &header->value) || !can_be_sent(header))
            return false;
    }
    return true;
}

static bool read_member(struct fault *fault, const char *name, struct json_object *value)
{
    int64_t number = 0;
    if (strcmp(name, "method") == 0)
        return read_text(value, &fault->method);
    if (strcmp(name, "path") == 0)
        return read_text(value, &fault->path);
    if (strcmp(name, "skip") == 0)
        return read_number(value, 0, INT32_MAX, &fault->skip);
    if (strcmp(name, "every") == 0)
        return read_number(value, 1, INT32_MAX, &fault->every);
    if (strcmp(name, "times") == 0)
        return read_number(value, -1, INT32_MAX, &fault->times);
    if (strcmp(name, "status") == 0) {
        bool good = read_number(value, 200, 599, &number);
        fault->status = (unsigned)number;
        return good;
    }
    if (strcmp(name, "store") == 0)
        return read_switch(value, &fault->store);
    if (strcmp(name, "headers") == 0)
        return read_headers(value, fault);
    if (strcmp(name, "body") == 0)
        return read_text(value, &fault->body);
    if (strcmp(name, "body_repeat") == 0) {
        bool good = read_number(value, 1, LARGEST_BODY, &number);
        fault->body_repeat = (uint64_t)number;
        return good;
    }
    if (strcmp(name, "delay_ms") == 0)
        return read_wait(value, &fault->delay_ms);
    if (strcmp(name, "hold") == 0)
        return read_switch(value, &fault->hold);
    if (strcmp(name, "close") == 0)
        return read_close(value, &fault->close);
    if (strcmp(name, "garbage") == 0)
        return read_switch(value, &fault->garbage);
    if (strcmp(name, "trickle_ms") == 0)
        return read_wait(value, &fault->trickle_ms);
    return false;
}

const char *faults_add(struct faults *faults, const char *text, size_t size)
{
    const char *wrong = NULL;
    struct fault *fault = NULL;
    struct json_object *object = json_read_object(text, size);
    if (!object)
        return "a fault is one JSON object";
    fault = calloc(1, sizeof *fault);
    if (!fault) {
        wrong = "no memory";
        goto done;
    }
    fault->times = 1;
    fault->every = 1;
    fault->body_repeat = 1;
    fault->references = 1;
    fault->released = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fault->released < 0) {
        wrong = "no eventfd";
        goto done;
    }
    json_object_object_foreach(object, name, value)
    {
        if (!read_member(fault, name, value)) {
            wrong = "an unknown member, or one with a wrong value; faults.h lists them";
            goto done;
        }
    }
    if (fault->body && (int64_t)strlen(fault->body) * (int64_t)fault->body_repeat > LARGEST_BODY) {
        wrong = "body times body_repeat is more than 4 GiB";
        goto done;
    }
    pthread_mutex_lock(&faults->lock);
    TAILQ_INSERT_TAIL(&faults->list, fault, link);
    pthread_mutex_unlock(&faults->lock);
    fault = NULL;
done:
    free_fault(fault);
    json_object_put(object);
    return wrong;
}

/* --- use --- */

struct fault *faults_take(struct faults *faults, const char *method, const char *path)
{
    struct fault *fault;
    pthread_mutex_lock(&faults->lock);
    TAILQ_FOREACH(fault, &faults->list, link)
    {
        if (fault->times == 0 || (fault->method && strcasecmp(fault->method, method) != 0) ||
            !path_matches(fault->path, path))
            continue;
        if (fault->skip > 0) {
            fault->skip--;
            continue;
        }
        if (fault->passed > 0) {
            fault->passed = (fault->passed + 1) % fault->every;
            continue;
        }
        fault->passed = 1 % fault->every;
        fault->times -= fault->times > 0;
        fault->used++;
        fault->references++;
        break;
    }
    pthread_mutex_unlock(&faults->lock);
    return fault;
}

void faults_give_back(struct faults *faults, struct fault *fault)
{
    if (!fault)
        return;
    pthread_mutex_lock(&faults->lock);
    bool last = --fault->references == 0;
    pthread_mutex_unlock(&faults->lock);
    if (last)
        free_fault(fault);
}

void faults_hold(struct faults *faults, struct fault *fault, bool begins)
{
    pthread_mutex_lock(&faults->lock);
    if (begins)
        fault->held++;
    else
        fault->held--;
    pthread_mutex_unlock(&faults->lock);
}

void faults_clear(struct faults *faults)
{
    for (;;) {
        pthread_mutex_lock(&faults->lock);
        struct fault *fault = TAILQ_FIRST(&faults->list);
        if (fault)
            TAILQ_REMOVE(&faults->list, fault, link);
        pthread_mutex_unlock(&faults->lock);
        if (!fault)
            return;
        eventfd_write(fault->released, 1);
        faults_give_back(faults, fault);
    }
}

static struct json_object *fault_report(const struct fault *fault)
{
    struct json_object *line = json_strings("method", fault->method ? fault->method : "*", "path",
                                            fault->path ? fault->path : "*", NULL);
    if (json_put(line, "skip", json_object_new_int64(fault->skip)) &&
        json_put(line, "remaining", json_object_new_int64(fault->times)) &&
        json_put(line, "used", json_object_new_int64((int64_t)fault->used)) &&
        json_put(line, "held", json_object_new_int64(fault->held)))
        return line;
    json_object_put(line);
    return NULL;
}

struct json_object *faults_report(struct faults *faults)
{
    int64_t held = 0;
    struct fault *fault;
    struct json_object *report = json_object_new_object();
    struct json_object *list = json_object_new_array();
    bool good = list != NULL;
    pthread_mutex_lock(&faults->lock);
    TAILQ_FOREACH(fault, &faults->list, link)
    {
        good = good && json_append(list, fault_report(fault));
        held += fault->held;
    }
    pthread_mutex_unlock(&faults->lock);
    good = json_put(report, "faults", list) && good;
    good = json_put(report, "held", json_object_new_int64(held)) && good;
    if (good)
        return report;
    json_object_put(report);
    return NULL;
}
