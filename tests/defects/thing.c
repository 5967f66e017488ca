/* SPDX-License-Identifier: Apache-2.0
 *
 * thing.c - see thing.h. A thing is a file of two lines: its size, and its labels as JSON text.
 */
#include "thing.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

struct session {
    char *directory;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool cancelled;
};

static int fail(const struct report *report, const char *summary)
{
    report->add(report, 1, NULL, summary, strerror(errno));
    return FAILED;
}

__attribute__((weak)) uint32_t thing_abi_version(void)
{
    return 1;
}

__attribute__((weak)) void thing_free(void *memory)
{
    free(memory);
}

__attribute__((weak)) struct session *thing_open(const char *directory, const struct report *report)
{
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL || (session->directory = strdup(directory)) == NULL) {
        free(session);
        fail(report, "No memory");
        return NULL;
    }
    pthread_mutex_init(&session->lock, NULL);
    pthread_cond_init(&session->changed, NULL);
    return session;
}

__attribute__((weak)) void thing_close(struct session *session)
{
    pthread_cond_destroy(&session->changed);
    pthread_mutex_destroy(&session->lock);
    free(session->directory);
    free(session);
}

__attribute__((weak)) void thing_cancel(struct session *session, const struct report *report)
{
    (void)report;
    pthread_mutex_lock(&session->lock);
    session->cancelled = true;
    pthread_cond_broadcast(&session->changed);
    pthread_mutex_unlock(&session->lock);
}

static char *path_of(const struct session *session, const char *name, const char *ending)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s%s", session->directory, name, ending) < 0 ? NULL : path;
}

void wait_for_cancel(struct session *session, const char *name)
{
    char *marker = path_of(session, name, ".waiting");
    FILE *file = marker != NULL ? fopen(marker, "we") : NULL;
    pthread_mutex_lock(&session->lock);
    if (file != NULL)
        fclose(file);
    while (!session->cancelled)
        pthread_cond_wait(&session->changed, &session->lock);
    pthread_mutex_unlock(&session->lock);
    if (marker != NULL)
        unlink(marker);
    free(marker);
}

static int save(const struct session *session, const char *name, int32_t size, const char *labels,
                const struct report *report)
{
    char *path = path_of(session, name, "");
    FILE *file = path != NULL ? fopen(path, "we") : NULL;
    free(path);
    if (file == NULL)
        return fail(report, "The thing can't be saved");
    fprintf(file, "%" PRId32 "\n%s\n", size, labels != NULL ? labels : "null");
    return fclose(file) == 0 ? DONE : fail(report, "The thing can't be saved");
}

static void describe(const char *name, char **id, char **note, double *ratio)
{
    if (asprintf(id, "thing-%s", name) < 0)
        *id = NULL;
    *note = strdup("as good as new");
    *ratio = 0.5;
}

int good_create(struct session *session, const char *name, int32_t size, const char *labels, char **id,
                char **note, double *ratio, const struct report *report)
{
    describe(name, id, note, ratio);
    return save(session, name, size, labels, report);
}

int good_read(struct session *session, const char *name, char **found_name, int32_t *size, char **labels,
              char **id, char **note, double *ratio, const struct report *report)
{
    char *path = path_of(session, name, "");
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    size_t space = 0;
    (void)report;
    free(path);
    if (file == NULL)
        return GONE;
    if (fscanf(file, "%" SCNd32 "\n", size) != 1 || getline(labels, &space, file) < 0)
        *size = -1;
    fclose(file);
    *found_name = strdup(name);
    describe(name, id, note, ratio);
    return DONE;
}

int good_update(struct session *session, const char *name, int32_t size, const char *labels,
                const struct report *report)
{
    return save(session, name, size, labels, report);
}

int good_delete(struct session *session, const char *name, const struct report *report)
{
    char *path = path_of(session, name, "");
    int error = path == NULL || unlink(path) != 0 ? errno : 0;
    free(path);
    return error == 0 || error == ENOENT ? DONE : fail(report, "The thing can't be removed");
}

__attribute__((weak, alias("good_create"))) int thing_create(struct session *session, const char *name,
                                                             int32_t size, const char *labels, char **id,
                                                             char **note, double *ratio,
                                                             const struct report *report);
__attribute__((weak, alias("good_read"))) int thing_read(struct session *session, const char *name,
                                                         char **found_name, int32_t *size, char **labels,
                                                         char **id, char **note, double *ratio,
                                                         const struct report *report);
__attribute__((weak, alias("good_update"))) int thing_update(struct session *session, const char *name,
                                                             int32_t size, const char *labels,
                                                             const struct report *report);
__attribute__((weak, alias("good_delete"))) int thing_delete(struct session *session, const char *name,
                                                             const struct report *report);
