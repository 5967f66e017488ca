/* SPDX-License-Identifier: Apache-2.0
 *
 * confine.c - the widget plugin of tests/plugins, kept where fuzzing can do no harm: its files lie in the
 * folder that FUZZ_WIDGETS names, whatever directory it is configured with, and it does not wait. Put between
 * the plugin and what it calls by the linker's --wrap.
 */
#include "store.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

char *__real_store_path(const char *directory, const char *name);
char *__wrap_store_path(const char *directory, const char *name);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *lock,
                                  const struct timespec *deadline);

char *__wrap_store_path(const char *directory, const char *name)
{
    const char *folder = getenv("FUZZ_WIDGETS");
    (void)directory;
    return folder ? __real_store_path(folder, name) : NULL;
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *lock,
                                  const struct timespec *deadline)
{
    (void)condition;
    (void)lock;
    (void)deadline;
    return ETIMEDOUT;
}
