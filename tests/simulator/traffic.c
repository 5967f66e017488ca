/* SPDX-License-Identifier: Apache-2.0
 *
 * traffic.c - counts and logs requests; see traffic.h. One counter for each method
 * and path; the log is a ring that points to the counters.
 */
#include "traffic.h"
#include "json.h"

#include <errno.h>
#include <fnmatch.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <time.h>

enum { LOG_SIZE = 10000 };

struct counter {
    TAILQ_ENTRY(counter) link;
    char *method;
    char *path;
    char *name; /* method and group: what it is reported under */
    uint64_t count;
};

struct entry {
    const struct counter *counter;
    uint64_t connection;
    uint64_t began;  /* the place of its arrival among all arrivals and ends */
    uint64_t ended;  /* the place of its end; 0: under way */
    unsigned status; /* 0: none yet, or none ever */
    bool authorized;
    enum traffic_end end;
};

struct traffic {
    pthread_mutex_t lock;
    pthread_cond_t change;
    bool stopping;
    TAILQ_HEAD(, counter) counters;
    uint64_t first;   /* number of the first request since the last reset */
    uint64_t next;    /* number of the next one */
    uint64_t aborted; /* since the last reset */
    uint64_t events;  /* arrivals and ends so far */
    struct entry log[LOG_SIZE];
};

struct traffic *traffic_create(void)
{
    struct traffic *traffic = calloc(1, sizeof *traffic);
    if (!traffic)
        return NULL;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&traffic->change, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&traffic->lock, NULL);
    TAILQ_INIT(&traffic->counters);
    traffic->first = traffic->next = 1;
    return traffic;
}

static void free_counter(struct counter *counter)
{
    if (counter) {
        free(counter->method);
        free(counter->path);
        free(counter->name);
    }
    free(counter);
}

void traffic_destroy(struct traffic *traffic)
{
    if (!traffic)
        return;
    for (struct counter *counter; (counter = TAILQ_FIRST(&traffic->counters));) {
        TAILQ_REMOVE(&traffic->counters, counter, link);
        free_counter(counter);
    }
    pthread_cond_destroy(&traffic->change);
    pthread_mutex_destroy(&traffic->lock);
    free(traffic);
}

bool path_matches(const char *pattern, const char *path)
{
    if (!pattern || !*pattern || strcmp(pattern, "*") == 0)
        return true;
    size_t length = strlen(pattern);
    if (length > 3 && strcmp(pattern + length - 3, "/**") == 0)
        return strncmp(pattern, path, length - 2) == 0;
    return fnmatch(pattern, path, FNM_PATHNAME) == 0;
}

static struct counter *counter_for(struct traffic *traffic, const char *method, const char *path,
                                   const char *group)
{
    struct counter *counter;
    TAILQ_FOREACH(counter, &traffic->counters, link)
    {
        if (strcmp(counter->method, method) == 0 && strcmp(counter->path, path) == 0)
            return counter;
    }
    counter = calloc(1, sizeof *counter);
    if (!counter)
        return NULL;
    size_t size = strlen(method) + 1 + strlen(group) + 1;
    counter->method = strdup(method);
    counter->path = strdup(path);
    counter->name = malloc(size);
    if (!counter->method || !counter->path || !counter->name) {
        free_counter(counter);
        return NULL;
    }
    snprintf(counter->name, size, "%s %s", method, group);
    TAILQ_INSERT_TAIL(&traffic->counters, counter, link);
    return counter;
}

uint64_t traffic_arrived(struct traffic *traffic, const char *method, const char *path, const char *group,
                         bool authorized, uint64_t connection)
{
    uint64_t number = 0;
    pthread_mutex_lock(&traffic->lock);
    struct counter *counter = counter_for(traffic, method, path, group);
    if (counter) {
        counter->count++;
        number = traffic->next++;
        traffic->log[number % LOG_SIZE] = (struct entry){.counter = counter,
                                                         .connection = connection,
                                                         .began = ++traffic->events,
                                                         .authorized = authorized};
        pthread_cond_broadcast(&traffic->change);
    }
    pthread_mutex_unlock(&traffic->lock);
    return number;
}

void traffic_ended(struct traffic *traffic, uint64_t number, unsigned status, enum traffic_end end)
{
    pthread_mutex_lock(&traffic->lock);
    traffic->events++;
    if (number >= traffic->first) {
        traffic->aborted += end == TRAFFIC_ABORTED;
        if (number + LOG_SIZE >= traffic->next) {
            struct entry *entry = &traffic->log[number % LOG_SIZE];
            entry->ended = traffic->events;
            entry->status = status;
            entry->end = end;
        }
    }
    pthread_mutex_unlock(&traffic->lock);
}

void traffic_reset(struct traffic *traffic)
{
    struct counter *counter;
    pthread_mutex_lock(&traffic->lock);
    TAILQ_FOREACH(counter, &traffic->counters, link)
    {
        counter->count = 0;
    }
    traffic->first = traffic->next;
    traffic->aborted = 0;
    pthread_mutex_unlock(&traffic->lock);
}

static struct json_object *entry_report(const struct entry *entry)
{
    static const char *const ends[] = {"answered", "closed", "aborted"};
    struct json_object *line = json_strings("method", entry->counter->method, "path", entry->counter->path,
                                            "end", entry->ended ? ends[entry->end] : "under way", NULL);
    if (json_put(line, "status", json_object_new_int((int)entry->status)) &&
        json_put(line, "began", json_object_new_int64((int64_t)entry->began)) &&
        json_put(line, "ended", json_object_new_int64((int64_t)entry->ended)) &&
        json_put(line, "authorization_present", json_object_new_boolean(entry->authorized)) &&
        json_put(line, "connection", json_object_new_int64((int64_t)entry->connection)))
        return line;
    json_object_put(line);
    return NULL;
}

/* Adds to "by"; several paths may share a name. */
static bool add_count(struct json_object *by, const struct counter *counter)
{
    struct json_object *sum = NULL;
    if (counter->count == 0)
        return true;
    int64_t before = json_object_object_get_ex(by, counter->name, &sum) ? json_object_get_int64(sum) : 0;
    return json_put(by, counter->name, json_object_new_int64(before + (int64_t)counter->count));
}

struct json_object *traffic_report(struct traffic *traffic)
{
    struct json_object *report = json_object_new_object();
    struct json_object *by = json_object_new_object();
    struct json_object *log = json_object_new_array();
    struct counter *counter;
    pthread_mutex_lock(&traffic->lock);
    bool good = json_put(report, "total", json_object_new_int64((int64_t)(traffic->next - traffic->first))) &&
                json_put(report, "aborted", json_object_new_int64((int64_t)traffic->aborted)) && by && log;
    TAILQ_FOREACH(counter, &traffic->counters, link)
    {
        good = good && add_count(by, counter);
    }
    uint64_t number = traffic->first;
    if (traffic->next > LOG_SIZE && number < traffic->next - LOG_SIZE)
        number = traffic->next - LOG_SIZE;
    for (; good && number < traffic->next; number++)
        good = json_append(log, entry_report(&traffic->log[number % LOG_SIZE]));
    pthread_mutex_unlock(&traffic->lock);

    good = json_put(report, "by", by) && good;
    good = json_put(report, "log", log) && good;
    if (good)
        return report;
    json_object_put(report);
    return NULL;
}

static uint64_t count_matching(struct traffic *traffic, const char *method, const char *path)
{
    uint64_t count = 0;
    struct counter *counter;
    TAILQ_FOREACH(counter, &traffic->counters, link)
    {
        if ((!method || strcasecmp(method, counter->method) == 0) && path_matches(path, counter->path))
            count += counter->count;
    }
    return count;
}

bool traffic_wait(struct traffic *traffic, const char *method, const char *path, uint64_t count,
                  int timeout_ms)
{
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += timeout_ms / 1000;
    end.tv_nsec += timeout_ms % 1000 * 1000000L;
    if (end.tv_nsec >= 1000000000L) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000L;
    }

    int waited = 0;
    bool arrived = false;
    pthread_mutex_lock(&traffic->lock);
    while (!(arrived = count_matching(traffic, method, path) >= count) && waited != ETIMEDOUT &&
           !traffic->stopping)
        waited = pthread_cond_timedwait(&traffic->change, &traffic->lock, &end);
    pthread_mutex_unlock(&traffic->lock);
    return arrived;
}

void traffic_stop(struct traffic *traffic)
{
    pthread_mutex_lock(&traffic->lock);
    traffic->stopping = true;
    pthread_cond_broadcast(&traffic->change);
    pthread_mutex_unlock(&traffic->lock);
}
