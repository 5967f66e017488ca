/* SPDX-License-Identifier: Apache-2.0
 *
 * process.c - see process.h. Not by pthread_atfork(): its handlers would need a list of all that is alive,
 * and could not be taken back.
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

void process_own(struct process_owner *owner)
{
    atomic_store(&owner->pid, getpid());
}

void process_enter(struct process_owner *owner, void (*start_over)(void *context), void *context)
{
    const pid_t self = getpid(), nobody = 0;
    pid_t found = atomic_load(&owner->pid);
    while (found != self) {
        if (found == nobody) {
            sched_yield(); /* another thread of this child is at it */
            found = atomic_load(&owner->pid);
        } else if (atomic_compare_exchange_strong(&owner->pid, &found, nobody)) {
            start_over(context);
            atomic_store(&owner->pid, self);
            found = self;
        }
    }
}

/* Those that hold fork back are its readers, a fork its writer, who is not kept waiting by new readers. */
static pthread_rwlock_t gate = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void close_gate(void)
{
    pthread_rwlock_wrlock(&gate);
}

static void open_gate(void)
{
    pthread_rwlock_unlock(&gate);
}

/* In the child the lock's holder is known by a thread that has another number now: so it is made anew. */
static void renew_gate(void)
{
    gate = (pthread_rwlock_t)PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
}

static void watch_forks(void)
{
    pthread_atfork(close_gate, open_gate, renew_gate);
}

void process_hold_fork(void)
{
    pthread_once(&once, watch_forks);
    pthread_rwlock_rdlock(&gate);
}

void process_let_fork(void)
{
    pthread_rwlock_unlock(&gate);
}

void process_protect(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
    unsetenv("SSLKEYLOGFILE"); /* libcurl would write there what decrypts all it sends */
}

/* Reading from what is open for writing alone fails, and the other way round. */
void process_keep_standard_files(void)
{
    for (int number = STDIN_FILENO; number <= STDERR_FILENO; number++)
        if (fcntl(number, F_GETFD) < 0 && errno == EBADF)
            (void)!open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void process_outlive_writes(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}
