/* SPDX-License-Identifier: Apache-2.0
 *
 * interrupt.c - see interrupt.h. A thread waits for signals, so that a second one works whatever the others
 * are at.
 */
#include "interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock;
    const char *program;
    int fd;
    bool seen;
    void (*action)(void *context);
    void *context;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1};

static void first_interrupt(void)
{
    const uint64_t one = 1;
    dprintf(STDERR_FILENO,
            "\nInterrupt received.\nPlease wait for %s to exit or data loss may occur.\nGracefully shutting "
            "down...\n\n",
            state.program);
    pthread_mutex_lock(&state.lock);
    state.seen = true;
    if (state.action)
        state.action(state.context);
    pthread_mutex_unlock(&state.lock);
    ssize_t written = write(state.fd, &one, sizeof(one));
    (void)written; /* the counter can't overflow */
}

static void *wait_for_signals(void *signals)
{
    int number;
    bool first = true;
    while (!sigwait(signals, &number)) {
        if (!first) {
            dprintf(
                STDERR_FILENO,
                "\nTwo interrupts received. Exiting immediately. What was done is in the state or beside it; "
                "what was under way is not known.\n");
            _exit(1);
        }
        first = false;
        first_interrupt();
    }
    return NULL;
}

int interrupt_watch(const char *program)
{
    static sigset_t signals;
    pthread_t thread;
    pthread_attr_t attributes;
    state.program = program;
    state.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (state.fd < 0)
        return -1;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    bool started = !pthread_attr_init(&attributes) &&
                   !pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) &&
                   !pthread_create(&thread, &attributes, wait_for_signals, &signals);
    pthread_attr_destroy(&attributes);
    if (started)
        return state.fd;
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    close(state.fd);
    return state.fd = -1;
}

void interrupt_call(void (*action)(void *context), void *context)
{
    pthread_mutex_lock(&state.lock);
    state.action = action;
    state.context = context;
    if (action && state.seen)
        action(context);
    pthread_mutex_unlock(&state.lock);
}
