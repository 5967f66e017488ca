/* SPDX-License-Identifier: Apache-2.0
 *
 * worker.c - see worker.h. Semaphores, because waiting for one ends when a signal handler ran; waiting for a
 * condition variable or for a thread's end does not.
 */
#include "worker.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

struct worker {
    pthread_t thread;
    sem_t begin, end;
    void (*run)(void *argument); /* NULL: the thread is to end */
    void *argument;
};

static void *work(void *context)
{
    struct worker *worker = context;
    for (;;) {
        while (sem_wait(&worker->begin) != 0 && errno == EINTR)
            continue;
        if (worker->run == NULL)
            return NULL;
        worker->run(worker->argument);
        sem_post(&worker->end);
    }
}

struct worker *worker_create(void)
{
    struct worker *worker = calloc(1, sizeof *worker);
    sigset_t all, before;
    if (worker == NULL)
        return NULL;
    sem_init(&worker->begin, 0, 0);
    sem_init(&worker->end, 0, 0);
    /* A thread starts with its maker's mask. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int problem = pthread_create(&worker->thread, NULL, work, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (problem != 0) {
        free(worker);
        worker = NULL;
    }
    return worker;
}

void worker_begin(struct worker *worker, void (*run)(void *argument), void *argument)
{
    worker->run = run;
    worker->argument = argument;
    sem_post(&worker->begin);
}

bool worker_wait(struct worker *worker, int milliseconds)
{
    struct timespec until;
    /* The clock of the day is the only one that every sanitizer knows here; a wrong wait is a short one. */
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += milliseconds % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    return sem_timedwait(&worker->end, &until) == 0;
}

void worker_destroy(struct worker *worker)
{
    if (worker == NULL)
        return;
    worker->run = NULL;
    sem_post(&worker->begin);
    pthread_join(worker->thread, NULL);
    sem_destroy(&worker->begin);
    sem_destroy(&worker->end);
    free(worker);
}
