/* SPDX-License-Identifier: Apache-2.0
 *
 * garden.c - a provider of Terraform in one C file, made to be copied. It keeps garden beds in files, one a
 * bed; schemas/ says what a bed looks like and which function below does each step.
 *
 * Nothing here belongs to Terraform or to the bridge. What goes in is borrowed for the length of the call;
 * what is handed out (`char **`) is allocated, and released with garden_free(). A status is 0 for done, 1 for
 * "there is no such object", anything else for a failure that `report` was told about. Calls come on many
 * threads at once.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

enum status { DONE = 0, GONE = 1, FAILED = 2 };
enum severity { ERROR = 1, WARNING = 2 };

/* What `$report` points to: where errors and warnings go. */
struct report {
    void (*add)(const struct report *report, int severity, const char *attribute, const char *summary,
                const char *detail);
};

/* What "open" makes of the provider's settings: `$session` of every other function. */
struct session {
    char *directory;
};

/* A bed as the callbacks get it: a list of strings is an array with NULL at its end, a map and an object are
 * JSON text, and what the configuration leaves out is NULL. */
struct bed {
    int32_t rows;
    bool raised;
    const char *const *crops;
    const char *labels, *position;
};

/* The lines of a bed's file, in this order. Its values are kept as they go in and out: as JSON. */
enum line { ROWS, RAISED, CROPS, LABELS, POSITION, REVISION, LINES };

EXPORT uint32_t garden_abi_version(void)
{
    return 1;
}

EXPORT void garden_free(void *memory)
{
    free(memory);
}

/* --- errors --- */

static int fail(const struct report *report, const char *attribute, const char *summary, const char *detail)
{
    report->add(report, ERROR, attribute, summary, detail);
    return FAILED;
}

static int fail_errno(const struct report *report, const char *summary)
{
    return fail(report, NULL, summary, strerror(errno));
}

/* --- files --- */

static char *bed_path(const struct session *session, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s.bed", session->directory, name) < 0 ? NULL : path;
}

/* Strings as a JSON array. */
static void print_crops(FILE *file, const char *const *crops)
{
    fputs(crops != NULL ? "[" : "null", file);
    for (size_t i = 0; crops != NULL && crops[i] != NULL; i++) {
        fputs(i > 0 ? ",\"" : "\"", file);
        for (const char *at = crops[i]; *at != '\0'; at++) {
            if ((unsigned char)*at < 0x20)
                fprintf(file, "\\u%04x", (unsigned char)*at);
            else
                fprintf(file, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
        }
        fputc('"', file);
    }
    fputs(crops != NULL ? "]\n" : "\n", file);
}

/* Writes a new file in the place of an earlier one; mode: as for fopen. */
static bool save(const char *path, const char *mode, const struct bed *bed, int64_t revision)
{
    FILE *file = fopen(path, mode);
    if (file == NULL)
        return false;
    fprintf(file, "%" PRId32 "\n%s\n", bed->rows, bed->raised ? "true" : "false");
    print_crops(file, bed->crops);
    fprintf(file, "%s\n%s\n%" PRId64 "\n", bed->labels != NULL ? bed->labels : "null",
            bed->position != NULL ? bed->position : "null", revision);
    bool failed = ferror(file) != 0;
    return fclose(file) == 0 && !failed;
}

/* Reads a bed's lines, each to be freed, without their line ends. */
static int load(const char *path, char *lines[LINES])
{
    FILE *file = fopen(path, "re");
    int status = DONE;
    if (file == NULL)
        return errno == ENOENT ? GONE : FAILED;
    for (size_t i = 0; status == DONE && i < LINES; i++) {
        size_t size = 0;
        ssize_t length = getline(&lines[i], &size, file);
        if (length > 0 && lines[i][length - 1] == '\n')
            lines[i][length - 1] = '\0';
        status = length > 0 ? DONE : FAILED;
    }
    fclose(file);
    return status;
}

/* --- the provider --- */

EXPORT struct session *garden_open(const char *directory, const struct report *report)
{
    if (access(directory, W_OK) != 0) {
        fail(report, "directory", "The directory can't be used", strerror(errno));
        return NULL;
    }
    struct session *session = malloc(sizeof *session);
    if (session == NULL || (session->directory = strdup(directory)) == NULL) {
        free(session);
        fail(report, NULL, "Out of memory", "");
        return NULL;
    }
    return session;
}

EXPORT void garden_close(struct session *session)
{
    free(session->directory);
    free(session);
}

/* --- garden_bed --- */

EXPORT int garden_bed_create(struct session *session, const char *name, int32_t rows, bool raised,
                             const char *const *crops, const char *labels, const char *position,
                             int64_t *revision, const struct report *report)
{
    const struct bed bed = {rows, raised, crops, labels, position};
    char *path = bed_path(session, name);
    int status = DONE;
    *revision = 1;
    /* "x": only where there is none, so that no other bed is ever overwritten. */
    if (path == NULL || !save(path, "wxe", &bed, *revision)) {
        if (path != NULL && errno == EEXIST)
            status =
                fail(report, "name", "There is such a bed already", "Import it, or choose another name.");
        else
            status = fail_errno(report, "The bed can't be saved");
    }
    free(path);
    return status;
}

EXPORT int garden_bed_read(struct session *session, const char *name, int32_t *rows, bool *raised,
                           char **crops, char **labels, char **position, int64_t *revision,
                           const struct report *report)
{
    char *path = bed_path(session, name), *lines[LINES] = {0};
    int status = path != NULL ? load(path, lines) : FAILED;
    if (status == DONE) {
        *rows = (int32_t)strtol(lines[ROWS], NULL, 10);
        *raised = strcmp(lines[RAISED], "true") == 0;
        *crops = lines[CROPS];
        *labels = lines[LABELS];
        *position = lines[POSITION];
        *revision = strtoll(lines[REVISION], NULL, 10);
        /* The caller has these now. */
        lines[CROPS] = lines[LABELS] = lines[POSITION] = NULL;
    } else if (status == FAILED) {
        fail(report, NULL, "The bed can't be read", "Its file is incomplete or not accessible.");
    }
    for (size_t i = 0; i < LINES; i++)
        free(lines[i]);
    free(path);
    return status;
}

EXPORT int garden_bed_update(struct session *session, const char *name, int32_t rows, bool raised,
                             const char *const *crops, const char *labels, const char *position,
                             int64_t old_revision, int64_t *revision, const struct report *report)
{
    const struct bed bed = {rows, raised, crops, labels, position};
    char *path = bed_path(session, name);
    int status = DONE;
    *revision = old_revision + 1;
    if (path == NULL || !save(path, "we", &bed, *revision))
        status = fail_errno(report, "The bed can't be saved");
    free(path);
    return status;
}

EXPORT int garden_bed_delete(struct session *session, const char *name, const struct report *report)
{
    char *path = bed_path(session, name);
    int status = DONE;
    if (path == NULL || (unlink(path) != 0 && errno != ENOENT))
        status = fail_errno(report, "The bed can't be removed");
    free(path);
    return status;
}
