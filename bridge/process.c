/* SPDX-License-Identifier: Apache-2.0
 *
 * process.c - see process.h. Not by pthread_atfork(): its handlers would need a list of all that is alive,
 * and could not be taken back.
 */
#include "process.h"

#include <sched.h>
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
