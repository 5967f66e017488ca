/* SPDX-License-Identifier: Apache-2.0
 *
 * plugin_bridge.c - see plugin_bridge.h: what is open, which calls are under way, and on which thread. What a
 * request says is left to exchange.c.
 */
#include "plugin_bridge.h"

#include "exchange.h"
#include "process.h"
#include "worker.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A call under way, which plugin_bridge_cancel() finds by its id. */
struct running {
    uint64_t id;
    const struct diagnostics *diags;
    struct running *next;
};

struct plugin_bridge_job {
    struct plugin_bridge *bridge;
    struct worker *worker;
    uint64_t id;
    char *request, *answer;
    struct plugin_bridge_job *next; /* while it is idle */
};

struct plugin_bridge {
    struct provider *provider;
    struct provider_log log;
    plugin_bridge_log sink;
    void *sink_context;
    struct process_owner owner; /* of what follows */
    pthread_mutex_t lock;
    struct running *running;
    struct plugin_bridge_job *idle; /* as many as ever were at work at once: few */
};

/* In a forked child: the parent's threads are not here. What they held is left alone. */
static void start_over(void *context)
{
    struct plugin_bridge *bridge = context;
    pthread_mutex_init(&bridge->lock, NULL);
    bridge->running = NULL;
    bridge->idle = NULL;
}

static void lock(plugin_bridge *bridge)
{
    process_enter(&bridge->owner, start_over, bridge);
    pthread_mutex_lock(&bridge->lock);
}

static void unlock(plugin_bridge *bridge)
{
    pthread_mutex_unlock(&bridge->lock);
}

static void write_log(const struct provider_log *log, int level, const char *message, const char *fields)
{
    const struct plugin_bridge *bridge =
        (const struct plugin_bridge *)((const char *)log - offsetof(struct plugin_bridge, log));
    if (level <= log->level)
        bridge->sink(bridge->sink_context, level, message, fields);
}

uint32_t plugin_bridge_abi_version(void)
{
    return PLUGIN_BRIDGE_ABI_VERSION;
}

plugin_bridge *plugin_bridge_open(const char *schemas_directory, plugin_bridge_log log, void *log_context,
                                  int log_level, char **answer)
{
    struct diagnostics diags = {0};
    struct plugin_bridge *bridge = calloc(1, sizeof *bridge);
    if (bridge == NULL) {
        diagnostics_no_memory(&diags);
    } else {
        pthread_mutex_init(&bridge->lock, NULL);
        process_own(&bridge->owner);
        bridge->sink = log;
        bridge->sink_context = log_context;
        bridge->log = (struct provider_log){.write = write_log, .level = log != NULL ? log_level : LOG_NONE};
        bridge->provider = provider_create(schemas_directory, &bridge->log, &diags);
        if (bridge->provider == NULL || !provider_load(bridge->provider, &diags)) {
            plugin_bridge_close(bridge);
            bridge = NULL;
        }
    }
    *answer = exchange_answer(&diags);
    return bridge;
}

char *plugin_bridge_call(plugin_bridge *bridge, const char *request, uint64_t id)
{
    struct diagnostics diags = {0};
    struct running running = {.id = id, .diags = &diags};
    lock(bridge);
    running.next = bridge->running;
    bridge->running = &running;
    unlock(bridge);

    char *answer = exchange_run(bridge->provider, request, &diags);

    lock(bridge);
    struct running **link = &bridge->running;
    while (*link != &running)
        link = &(*link)->next;
    *link = running.next;
    unlock(bridge);
    return answer;
}

void plugin_bridge_cancel(plugin_bridge *bridge, uint64_t id)
{
    lock(bridge);
    for (struct running *running = bridge->running; running != NULL; running = running->next)
        if (id == 0 || running->id == id)
            provider_cancel(bridge->provider, running->diags);
    unlock(bridge);
}

/* --- calls on threads of the library's own --- */

static void job_destroy(plugin_bridge_job *job)
{
    worker_destroy(job->worker);
    free(job);
}

/* One that is idle, or a new one. */
static plugin_bridge_job *take_job(plugin_bridge *bridge)
{
    lock(bridge);
    plugin_bridge_job *job = bridge->idle;
    if (job != NULL)
        bridge->idle = job->next;
    unlock(bridge);
    if (job != NULL || (job = calloc(1, sizeof *job)) == NULL)
        return job;
    job->bridge = bridge;
    job->worker = worker_create();
    if (job->worker == NULL) {
        job_destroy(job);
        job = NULL;
    }
    return job;
}

static void return_job(plugin_bridge_job *job)
{
    plugin_bridge *bridge = job->bridge;
    if (job->request != NULL) /* it may hold a provider's settings */
        explicit_bzero(job->request, strlen(job->request));
    free(job->request);
    job->request = job->answer = NULL;
    lock(bridge);
    job->next = bridge->idle;
    bridge->idle = job;
    unlock(bridge);
}

static void run_job(void *context)
{
    plugin_bridge_job *job = context;
    job->answer = plugin_bridge_call(job->bridge, job->request, job->id);
}

int plugin_bridge_begin(plugin_bridge *bridge, const char *request, uint64_t id, plugin_bridge_job **job)
{
    plugin_bridge_job *taken = take_job(bridge);
    if (taken == NULL)
        return 0;
    taken->id = id;
    taken->request = strdup(request);
    if (taken->request == NULL) {
        return_job(taken);
        return 0;
    }
    *job = taken;
    worker_begin(taken->worker, run_job, taken);
    return 1;
}

int plugin_bridge_wait(plugin_bridge_job **job, int milliseconds, char **answer)
{
    plugin_bridge_job *waited = *job;
    if (!worker_wait(waited->worker, milliseconds))
        return 0;
    *answer = waited->answer;
    *job = NULL;
    return_job(waited);
    return 1;
}

void plugin_bridge_close(plugin_bridge *bridge)
{
    if (bridge == NULL)
        return;
    lock(bridge); /* in a child: forgets the parent's threads, which can't be waited for */
    plugin_bridge_job *idle = bridge->idle;
    bridge->idle = NULL;
    unlock(bridge);
    while (idle != NULL) {
        plugin_bridge_job *next = idle->next;
        job_destroy(idle);
        idle = next;
    }
    provider_destroy(bridge->provider);
    pthread_mutex_destroy(&bridge->lock);
    free(bridge);
}

void plugin_bridge_free(char *answer)
{
    free(answer);
}
