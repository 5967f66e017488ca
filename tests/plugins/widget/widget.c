/* SPDX-License-Identifier: Apache-2.0
 *
 * widget.c - a plugin that keeps widgets in files, for tests of the provider programs: numbers of several
 * widths, lists, sets, maps and nested objects, and faults on demand. Like any plugin it includes
 * no header of the bridge.
 *
 * A widget's attribute `fault` says what is to go wrong: "early" (create, nothing made), "late" (create,
 * after it was made), "update", "read", "delete", or "wait" (create waits until it is cancelled).
 */
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum { DONE = 0, GONE = 1, FAILED = 2, WAIT_SECONDS = 60 };

struct report {
    void (*add)(const struct report *report, int severity, const char *attribute, const char *summary,
                const char *detail);
};

struct session {
    char *directory;
    pthread_mutex_t lock;
    pthread_cond_t cancelled;
    const struct report *cancel; /* whose call is to end */
    bool cancel_all;
};

struct widget {
    const char *name;
    uint16_t size;
    int8_t offset;
    double weight;
    float ratio;
    bool enabled;
    const char *const *tags, *const *zones;
    const char *labels, *position, *parts, *secret;
};

static int fail(const struct report *report, const char *attribute, const char *summary, const char *detail)
{
    report->add(report, 1, attribute, summary, detail);
    return FAILED;
}

static int fail_no_memory(const struct report *report)
{
    return fail(report, NULL, "Out of memory", "Try again.");
}

EXPORT struct session *widget_open(const char *directory, const struct report *report)
{
    if (access(directory, W_OK) != 0) {
        fail(report, "directory", "The directory can't be used", strerror(errno));
        return NULL;
    }
    struct session *session = calloc(1, sizeof *session);
    if (!session || !(session->directory = strdup(directory))) {
        free(session);
        return NULL;
    }
    pthread_mutex_init(&session->lock, NULL);
    pthread_cond_init(&session->cancelled, NULL);
    return session;
}

EXPORT void widget_close(struct session *session)
{
    pthread_cond_destroy(&session->cancelled);
    pthread_mutex_destroy(&session->lock);
    free(session->directory);
    free(session);
}

EXPORT void widget_cancel(struct session *session, const struct report *report)
{
    pthread_mutex_lock(&session->lock);
    session->cancel = report;
    session->cancel_all = report == NULL;
    pthread_cond_broadcast(&session->cancelled);
    pthread_mutex_unlock(&session->lock);
}

/* Waits to be cancelled; a file "NAME.waiting" tells the test that it does. */
static int wait_for_cancel(struct session *session, const char *path, const struct report *report)
{
    char *marker;
    struct timespec deadline;
    int error = 0;
    if (asprintf(&marker, "%s.waiting", path) < 0)
        return FAILED;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += WAIT_SECONDS;
    pthread_mutex_lock(&session->lock);
    FILE *file = fopen(marker, "we");
    if (file)
        fclose(file);
    while (!error && !session->cancel_all && session->cancel != report)
        error = pthread_cond_timedwait(&session->cancelled, &session->lock, &deadline);
    pthread_mutex_unlock(&session->lock);
    unlink(marker);
    free(marker);
    return fail(report, NULL, error ? "Nobody cancelled" : "Cancelled", "The widget was not made.");
}

static bool save(const char *path, const struct widget *widget, int64_t revision, const char *private_text)
{
    FILE *file = fopen(path, "we");
    if (!file)
        return false;
    fprintf(file, "size=%u\noffset=%d\nweight=%.17g\nratio=%.9g\nenabled=%d\n", widget->size, widget->offset,
            widget->weight, (double)widget->ratio, widget->enabled);
    fputs("tags=", file);
    print_texts(file, widget->tags);
    fputs("\nzones=", file);
    print_texts(file, widget->zones);
    fprintf(file, "\nlabels=%s\nposition=%s\nparts=%s\n", widget->labels ? widget->labels : "null",
            widget->position ? widget->position : "null", widget->parts ? widget->parts : "null");
    if (widget->secret)
        fprintf(file, "secret=%s\n", widget->secret);
    if (private_text)
        fprintf(file, "private=%s\n", private_text);
    fprintf(file, "revision=%" PRId64 "\n", revision);
    return fclose(file) == 0;
}

static char *place_text(const char *path)
{
    char *text;
    return asprintf(&text, "{\"file\":\"%s\",\"depth\":[1,2]}", path) < 0 ? NULL : text;
}

EXPORT int widget_create(struct session *session, const char *name, uint16_t size, int8_t offset,
                         double weight, float ratio, bool enabled, const char *const *tags,
                         const char *const *zones, const char *labels, const char *position,
                         const char *parts, const char *secret, const char *fault, const char *private_text,
                         char **id, int64_t *revision, char **place, const struct report *report)
{
    const struct widget widget = {name, size,  offset, weight,   ratio, enabled,
                                  tags, zones, labels, position, parts, secret};
    errno = 0;
    char *path = store_path(session->directory, name), *new_place = path ? place_text(path) : NULL,
         *new_id = NULL;
    int status = FAILED;
    /* What is to be handed out is at hand before anything is made. */
    if (errno != ENOMEM && asprintf(&new_id, "widget-%s", name) < 0)
        new_id = NULL;
    if (errno == ENOMEM)
        fail_no_memory(report);
    else if (!path)
        fail(report, "name", "This can't be a widget's name", "It is the name of a file.");
    else if (fault && strcmp(fault, "early") == 0)
        fail(report, "fault", "The widget was not made", "As asked for.");
    else if (fault && strcmp(fault, "wait") == 0)
        wait_for_cancel(session, path, report);
    else if (access(path, F_OK) == 0)
        fail(report, "name", "The widget exists", "Import it, or choose another name.");
    else if (!save(path, &widget, 1, private_text))
        fail(report, NULL, "The widget can't be saved", strerror(errno));
    else
        status = DONE;
    if (status == DONE) {
        *revision = 1;
        *place = new_place;
        *id = new_id;
        new_place = new_id = NULL;
        if (fault && strcmp(fault, "late") == 0)
            status = fail(report, "fault", "The widget was made badly", "As asked for.");
    }
    free(new_place);
    free(new_id);
    free(path);
    return status;
}

static double record_number(const struct record *record, const char *key)
{
    char *text = record_text(record, key);
    double number = text ? strtod(text, NULL) : 0;
    free(text);
    return number;
}

EXPORT int widget_read(struct session *session, const char *name, const char *fault, uint16_t *size,
                       int8_t *offset, double *weight, float *ratio, bool *enabled, char **tags, char **zones,
                       char **labels, char **position, char **parts, char **secret, char **id,
                       int64_t *revision, char **place, const struct report *report)
{
    struct record record;
    errno = 0;
    char *path = store_path(session->directory, name);
    bool found = path && record_load(&record, path);
    if (!found && errno == ENOMEM) {
        free(path);
        return fail_no_memory(report);
    }
    if (fault && strcmp(fault, "read") == 0) {
        if (found)
            record_free(&record);
        free(path);
        return fail(report, "fault", "The widget can't be read", "As asked for.");
    }
    if (!found) {
        free(path);
        return GONE;
    }
    *size = (uint16_t)record_number(&record, "size");
    *offset = (int8_t)record_number(&record, "offset");
    *weight = record_number(&record, "weight");
    *ratio = (float)record_number(&record, "ratio");
    *enabled = record_number(&record, "enabled") != 0;
    *tags = record_text(&record, "tags");
    *zones = record_text(&record, "zones");
    *labels = record_text(&record, "labels");
    *position = record_text(&record, "position");
    *parts = record_text(&record, "parts");
    *secret = record_text(&record, "secret");
    *revision = (int64_t)record_number(&record, "revision");
    *place = place_text(path);
    if (asprintf(id, "widget-%s", name) < 0)
        *id = NULL;
    int status = errno == ENOMEM ? fail_no_memory(report) : DONE;
    record_free(&record);
    free(path);
    return status;
}

EXPORT int widget_update(struct session *session, const char *name, uint16_t size, int8_t offset,
                         double weight, float ratio, bool enabled, const char *const *tags,
                         const char *const *zones, const char *labels, const char *position,
                         const char *parts, const char *secret, const char *fault, int64_t *revision,
                         const struct report *report)
{
    const struct widget widget = {name, size,  offset, weight,   ratio, enabled,
                                  tags, zones, labels, position, parts, secret};
    struct record record;
    errno = 0;
    char *path = store_path(session->directory, name);
    int status = FAILED;
    if (fault && strcmp(fault, "update") == 0) {
        fail(report, "fault", "The widget can't be changed", "As asked for.");
    } else if (!path || !record_load(&record, path)) {
        errno == ENOMEM ? fail_no_memory(report)
                        : fail(report, NULL, "The widget is gone", "Refresh, then plan again.");
    } else {
        *revision = (int64_t)record_number(&record, "revision") + 1;
        record_free(&record);
        status = errno == ENOMEM ? fail_no_memory(report)
                 : save(path, &widget, *revision, NULL)
                     ? DONE
                     : fail(report, NULL, "The widget can't be saved", strerror(errno));
    }
    free(path);
    return status;
}

EXPORT int widget_delete(struct session *session, const char *name, const char *fault,
                         const struct report *report)
{
    char *path = store_path(session->directory, name);
    int status = DONE;
    if (fault && strcmp(fault, "delete") == 0)
        status = fail(report, "fault", "The widget can't be deleted", "As asked for.");
    else if (!path || (unlink(path) != 0 && errno != ENOENT))
        status = fail(report, NULL, "The widget can't be deleted", strerror(errno));
    free(path);
    return status;
}

/* Rules that the schema can't say; leaves a note for create in the private data. */
EXPORT int widget_check(const char *operation, const char *name, const char *parts, char **private_text,
                        const struct report *report)
{
    if (name && strcmp(operation, "destroy") == 0 && strcmp(name, "kept") == 0)
        return fail(report, NULL, "This widget is kept", "It refuses to be destroyed.");
    if (parts && strstr(parts, "\"rusty\""))
        return fail(report, "/parts/1/note", "A rusty part", "Use another one.");
    if (asprintf(private_text, "%s of %s", operation, name) < 0) {
        *private_text = NULL;
        return fail_no_memory(report);
    }
    return DONE;
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

EXPORT int widget_list(struct session *session, char **json)
{
    struct dirent **entries;
    size_t size;
    errno = 0;
    int count = scandir(session->directory, &entries, visible, alphasort);
    if (count < 0)
        return FAILED;
    FILE *file = open_memstream(json, &size);
    for (int i = 0; i < count; i++) {
        if (file)
            fprintf(file, "%c{\"name\":\"%s\",\"id\":\"widget-%s\"}", i ? ',' : '[', entries[i]->d_name,
                    entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (!file)
        return FAILED;
    fputs(count ? "]" : "[]", file);
    return fclose(file) == 0 && errno != ENOMEM ? DONE : FAILED;
}

EXPORT double widget_area(double width, double height, const struct report *report)
{
    if (height < 0)
        fail(report, "height", "A height is not negative", "Turn it round.");
    return width * height;
}

EXPORT int widget_join(const char *const *texts, const char *separator, char **joined,
                       const struct report *report)
{
    size_t size;
    if (!texts[0])
        return fail(report, "texts", "There is nothing to join", "Give one text at least.");
    errno = 0;
    FILE *file = open_memstream(joined, &size);
    if (!file)
        return FAILED;
    for (size_t i = 0; texts[i]; i++)
        fprintf(file, "%s%s", i && separator ? separator : "", texts[i]);
    return fclose(file) == 0 && errno != ENOMEM ? DONE : FAILED;
}

/* Hands a position back: an object goes in and comes out. */
EXPORT int widget_mirror(const char *position, char **mirrored)
{
    *mirrored = strdup(position);
    return *mirrored ? DONE : FAILED;
}
