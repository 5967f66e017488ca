/* SPDX-License-Identifier: Apache-2.0
 *
 * work.c - see work.h. Two lists under one mutex; an eventfd tells the engine, which polls it beside the
 * descriptor that asks it to stop.
 */
#include "work.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct work {
    pthread_mutex_t lock;
    pthread_cond_t wanted; /* a job came, or the end */
    struct job *first, **last;
    struct job *done;
    bool ending;
    unsigned allowed, count, idle, waiting; /* threads; jobs that no thread has taken yet */
    int fd;
    pthread_t threads[];
};

static void tell(const struct work *work)
{
    const uint64_t one = 1;
    /* Can only fail where it is readable anyway. */
    ssize_t written = write(work->fd, &one, sizeof one);
    (void)written;
}

static void *serve(void *context)
{
    struct work *work = context;
    pthread_mutex_lock(&work->lock);
    for (;;) {
        while (!work->first && !work->ending) {
            work->idle++;
            pthread_cond_wait(&work->wanted, &work->lock);
            work->idle--;
        }
        struct job *job = work->first;
        if (!job)
            break;
        work->first = job->next;
        if (!work->first)
            work->last = &work->first;
        work->waiting--;
        pthread_mutex_unlock(&work->lock);
        job->run(job);
        pthread_mutex_lock(&work->lock);
        bool first_done = !work->done;
        job->next = work->done;
        work->done = job;
        if (first_done)
            tell(work);
    }
    pthread_mutex_unlock(&work->lock);
    return NULL;
}

struct work *work_create(unsigned threads)
{
    struct work *work = calloc(1, sizeof *work + threads * sizeof(pthread_t));
    if (!work)
        return NULL;
    work->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (work->fd < 0) {
        free(work);
        return NULL;
    }
    work->allowed = threads;
    work->last = &work->first;
    pthread_mutex_init(&work->lock, NULL);
    pthread_cond_init(&work->wanted, NULL);
    return work;
}

/* Signals are the main thread's. */
static bool start_thread(struct work *work)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool ok = pthread_create(&work->threads[work->count], NULL, serve, work) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (ok)
        work->count++;
    return ok;
}

bool work_submit(struct work *work, struct job *job)
{
    pthread_mutex_lock(&work->lock);
    bool ok = true;
    /* Fewer threads than allowed are slower, and no error. */
    if (work->waiting >= work->idle && work->count < work->allowed)
        ok = start_thread(work) || work->count > 0;
    if (ok) {
        job->next = NULL;
        *work->last = job;
        work->last = &job->next;
        work->waiting++;
        pthread_cond_signal(&work->wanted);
    }
    pthread_mutex_unlock(&work->lock);
    return ok;
}

int work_fd(const struct work *work)
{
    return work->fd;
}

struct job *work_collect(struct work *work)
{
    uint64_t told;
    pthread_mutex_lock(&work->lock);
    struct job *done = work->done;
    work->done = NULL;
    ssize_t size = read(work->fd, &told, sizeof told);
    (void)size;
    pthread_mutex_unlock(&work->lock);
    /* They were put in front of each other: back into the order in which they ended. */
    struct job *list = NULL;
    while (done) {
        struct job *next = done->next;
        done->next = list;
        list = done;
        done = next;
    }
    return list;
}

struct job *work_withdraw(struct work *work)
{
    pthread_mutex_lock(&work->lock);
    struct job *list = work->first;
    work->first = NULL;
    work->last = &work->first;
    work->waiting = 0;
    pthread_mutex_unlock(&work->lock);
    return list;
}

void work_destroy(struct work *work)
{
    if (!work)
        return;
    pthread_mutex_lock(&work->lock);
    work->ending = true;
    pthread_cond_broadcast(&work->wanted);
    pthread_mutex_unlock(&work->lock);
    for (unsigned i = 0; i < work->count; i++)
        pthread_join(work->threads[i], NULL);
    close(work->fd);
    pthread_cond_destroy(&work->wanted);
    pthread_mutex_destroy(&work->lock);
    free(work);
}
