/* SPDX-License-Identifier: Apache-2.0
 *
 * work.h - the worker threads: jobs go in, and come back when they are done. What a job holds belongs to the
 * worker while it runs, and to the engine's thread before and after.
 */
#ifndef HOST_WORK_H
#define HOST_WORK_H

#include <stdbool.h>

struct work;

struct job {
    struct job *next;
    void (*run)(struct job *job); /* on a worker thread */
};

/* At most `threads` threads, made when they are needed. NULL without memory or descriptors. */
struct work *work_create(unsigned threads);

/* Runs a job on a thread of its own as long as there are fewer than allowed. False where not a single thread
 * can be made: the job was not taken. */
bool work_submit(struct work *work, struct job *job);

/* Becomes readable when a job is done. */
int work_fd(const struct work *work);

/* All jobs that are done, as a list; NULL when there is none. Clears the descriptor. */
struct job *work_collect(struct work *work);

/* Takes back the jobs that no thread has begun, as a list. */
struct job *work_withdraw(struct work *work);

/* Ends the threads; every job must have been collected. NULL does nothing. */
void work_destroy(struct work *work);

#endif
