/* SPDX-License-Identifier: Apache-2.0
 *
 * watch.c - what a plugin may do to its process, survived: crashing, leaving, and never coming back.
 */
#include "check.h"

#include "provider.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long a step may go on after it was cancelled. */
enum { GRACE_SECONDS = 5 };

/* What the guarded process leaves for the one that waits for it. */
struct traces {
    char step[256];
    bool under_way; /* the step is: its line is not ended */
    bool finished;
};

static struct traces *traces;

void check_step(const char *format, ...)
{
    if (traces == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(traces->step, sizeof traces->step, format, arguments);
    va_end(arguments);
}

static int explain_end(int status)
{
    struct diagnostics diags = {0};
    if (WIFSIGNALED(status))
        diagnostics_error(
            &diags, NULL, "The plugin crashed",
            "%s: signal %d (%s). A debugger shows where: gdb --args bridge-check … (then: set "
            "follow-fork-mode child). Memory that is freed twice or written beyond its end shows "
            "under valgrind --trace-children=yes.",
            traces->step, WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (!traces->finished)
        diagnostics_error(&diags, NULL, "The plugin ended the process",
                          "%s: with status %d. A library must not call exit(): report an error and return.",
                          traces->step, WEXITSTATUS(status));
    if (!diags.has_error)
        return WEXITSTATUS(status);
    if (traces->under_way)
        puts("FAILED");
    check_print(stdout, "  ", &diags);
    return EXIT_FAILURE;
}

int check_guarded(int (*work)(void *argument), void *argument)
{
    int status = 0;
    traces = mmap(NULL, sizeof *traces, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (traces == MAP_FAILED) {
        traces = NULL;
        return work(argument);
    }
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        return work(argument);
    if (child == 0) {
        int result = work(argument);
        fflush(NULL);
        traces->finished = true;
        exit(result);
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return EXIT_FAILURE;
    return explain_end(status);
}

/* The watchdog. A plugin can't be stopped by force, only asked. */
static struct {
    struct provider *provider;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned timeout;
    const struct diagnostics *step; /* of the step under way, NULL between steps */
    unsigned number;                /* of the step: two may use the same diagnostics */
    bool cancelled, ended;
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Waits while the step under way goes on, `seconds` at most; true when it still does. With the lock held. */
static bool outlasts(unsigned seconds)
{
    unsigned number = watch.number;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    int error = 0;
    while (watch.step != NULL && watch.number == number && !watch.ended && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&watch.changed, &watch.lock, &until);
    return watch.step != NULL && watch.number == number && !watch.ended;
}

static void *keep_watch(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&watch.lock);
    while (!watch.ended) {
        if (watch.step == NULL) {
            pthread_cond_wait(&watch.changed, &watch.lock);
        } else if (outlasts(watch.timeout)) {
            watch.cancelled = true;
            provider_cancel(watch.provider, watch.step);
            if (outlasts(GRACE_SECONDS)) {
                struct diagnostics diags = {0};
                diagnostics_error(&diags, NULL, "The plugin does not come back",
                                  "%s: took more than %u s, and did not end when it was cancelled. Give "
                                  "provider.json a \"cancel\" callback that makes calls under way return.",
                                  traces != NULL ? traces->step : "a step", watch.timeout);
                puts("FAILED");
                check_print(stdout, "  ", &diags);
                fflush(stdout);
                if (traces != NULL)
                    traces->finished = true;
                _exit(EXIT_FAILURE);
            }
        }
    }
    pthread_mutex_unlock(&watch.lock);
    return NULL;
}

bool check_watch_start(struct provider *provider, unsigned timeout_seconds)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&watch.changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    watch.provider = provider;
    watch.timeout = timeout_seconds;
    return pthread_create(&watch.thread, NULL, keep_watch, NULL) == 0;
}

static void set_step(const struct diagnostics *step)
{
    pthread_mutex_lock(&watch.lock);
    watch.step = step;
    watch.number += step != NULL;
    pthread_cond_signal(&watch.changed);
    pthread_mutex_unlock(&watch.lock);
}

void check_watch_begin(const struct diagnostics *diags)
{
    watch.cancelled = false;
    if (traces != NULL)
        traces->under_way = true;
    set_step(diags);
}

bool check_watch_end(void)
{
    set_step(NULL);
    if (traces != NULL)
        traces->under_way = false;
    return watch.cancelled;
}

void check_watch_stop(void)
{
    pthread_mutex_lock(&watch.lock);
    watch.ended = true;
    pthread_cond_signal(&watch.changed);
    pthread_mutex_unlock(&watch.lock);
    pthread_join(watch.thread, NULL);
    pthread_cond_destroy(&watch.changed);
}
