/* SPDX-License-Identifier: Apache-2.0
 *
 * config_file.c - which files of a directory are the configuration, and their texts.
 * https://developer.hashicorp.com/terraform/language/files
 */
#include "config_reader.h"

#include "../../value.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_SIZE_MAX = 64 << 20 };

bool ends_with(const char *name, const char *ending)
{
    size_t length = strlen(name), tail = strlen(ending);
    return length >= tail && strcmp(name + length - tail, ending) == 0;
}

/* Hidden files and those that editors leave. */
static bool is_ignored(const char *name)
{
    return name[0] == '.' || ends_with(name, "~") || (name[0] == '#' && ends_with(name, "#"));
}

/* Names the file in the text alone: there is no line of it to show. */
static bool refuse_file(struct diagnostics *diags, const char *name, const char *summary, const char *format,
                        const char *argument)
{
    char detail[512];
    snprintf(detail, sizeof detail, format, name, argument);
    diagnostics_add(diags, SEVERITY_ERROR, NULL, summary, detail);
    return false;
}

/* Reads to the end. 0, or errno. */
static int read_all(int descriptor, char *text, size_t size, size_t *length)
{
    *length = 0;
    while (*length < size) {
        ssize_t got = read(descriptor, text + *length, size - *length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        *length += (size_t)got;
    }
    return 0;
}

char *file_text(const char *path, const char *name, size_t *length, struct diagnostics *diags)
{
    struct stat found = {0};
    char *text = NULL;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int error = descriptor < 0 || fstat(descriptor, &found) != 0 ? errno : 0;
    if (error == 0 && !S_ISREG(found.st_mode)) {
        refuse_file(diags, name, "Not a file", "%s is no regular file; %s.", "remove it, or give a file");
    } else if (error == 0 && found.st_size > FILE_SIZE_MAX) {
        refuse_file(diags, name, "File too large", "%s is larger than %s; split it into several files.",
                    "64 MiB");
    } else if (error == 0) {
        /* One byte more than it has, to see whether it grows meanwhile; and the NUL. */
        size_t size = (size_t)found.st_size + 1;
        text = malloc(size + 1);
        error = text != NULL ? read_all(descriptor, text, size, length) : ENOMEM;
        if (error == 0 && *length == size) {
            refuse_file(diags, name, "File changed", "%s grew while it was read; %s.",
                        "run the command again when it is written");
            free(text);
            text = NULL;
        } else if (error == 0) {
            text[*length] = '\0';
        }
    }
    if (error != 0) {
        refuse_file(diags, name, "Failed to read file", "%s can't be read: %s.", strerror(error));
        free(text);
        text = NULL;
    }
    if (descriptor >= 0)
        close(descriptor);
    return text;
}

/* What editors on Windows do to a file. */
static const char *encoding_hint(const char *text, size_t length)
{
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        return " The file begins with a byte order mark; save it as UTF-8 without one.";
    if (length >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0))
        return " The file is UTF-16; save it as UTF-8.";
    return "";
}

bool json_read(const char *text, size_t length, const char *name, struct json_object **value,
               struct diagnostics *diags)
{
    char *problem = NULL;
    size_t first = diags->count;
    if (value_from_text(text, length, value, &problem) && numbers_normalize(value))
        return true;
    json_object_put(*value);
    *value = NULL;
    if (problem == NULL) {
        diagnostics_no_memory(diags);
        return false;
    }
    diagnostics_error(diags, "", "Invalid JSON", "%s, %s.%s", name, problem, encoding_hint(text, length));
    diagnostics_locate(diags, first, name, NULL, NULL);
    free(problem);
    return false;
}

/* Whether a file is part of the configuration. That it is one which can't be run here is said. */
static bool is_source(const char *name, struct diagnostics *diags)
{
    if (is_ignored(name))
        return false;
    if (strcmp(name, "override.tf.json") == 0 || ends_with(name, "_override.tf.json") ||
        strcmp(name, "override.tf") == 0 || ends_with(name, "_override.tf"))
        return refuse_file(
            diags, name, "Override files are not supported",
            "%s would change what other files say, and override files are not supported by this "
            "program; write the change into those files.%s",
            " " TERRAFORM_RUNS);
    if (ends_with(name, ".tf"))
        return refuse_file(
            diags, name, "Native syntax is not supported",
            "%s is written in Terraform's native syntax, and this program reads its JSON syntax "
            "(*.tf.json) only; write it as JSON.%s",
            " " TERRAFORM_RUNS);
    return ends_with(name, ".tf.json");
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* By errno. */
static bool refuse_directory(struct diagnostics *diags, const char *directory)
{
    diagnostics_error(diags, NULL, "Failed to read the directory", "%s can't be read: %s.", directory,
                      strerror(errno));
    return false;
}

/* NULL at the end, where errno is 0, and after an error. */
static struct dirent *next_entry(DIR *listing)
{
    errno = 0;
    return readdir(listing);
}

bool directory_names(const char *directory, bool (*wanted)(const char *name, struct diagnostics *diags),
                     char ***names, size_t *count, struct diagnostics *diags)
{
    DIR *listing = opendir(directory);
    struct dirent *entry = NULL;
    bool ok = listing != NULL || refuse_directory(diags, directory);
    *names = NULL;
    *count = 0;
    while (ok && (entry = next_entry(listing)) != NULL) {
        struct stat found = {0};
        if (fstatat(dirfd(listing), entry->d_name, &found, 0) == 0 && S_ISDIR(found.st_mode))
            continue;
        if (!wanted(entry->d_name, diags))
            continue;
        char **more = reallocarray(*names, *count + 1, sizeof *more);
        char *name = more != NULL ? strdup(entry->d_name) : NULL;
        if (more != NULL)
            *names = more;
        ok = name != NULL;
        if (ok)
            more[(*count)++] = name;
        else
            diagnostics_no_memory(diags);
    }
    if (ok && errno != 0) /* half a configuration would have the other half destroyed */
        ok = refuse_directory(diags, directory);
    if (listing != NULL)
        closedir(listing);
    if (*count > 0)
        qsort(*names, *count, sizeof **names, compare_names);
    return ok;
}

bool sources_read(struct config *config, const char *directory, struct diagnostics *diags)
{
    char **names = NULL;
    size_t count = 0;
    struct diagnostics mine = {0};
    bool ok = directory_names(directory, is_source, &names, &count, &mine) && !mine.has_error;
    diagnostics_move(diags, &mine);
    if (ok) {
        config->sources = calloc(count + 1, sizeof *config->sources);
        ok = config->sources != NULL;
        if (!ok)
            diagnostics_no_memory(diags);
    }
    for (size_t i = 0; ok && i < count; i++) {
        struct config_source *source = &config->sources[i];
        char *path = NULL;
        source->name = names[i];
        names[i] = NULL;
        config->source_count++;
        if (asprintf(&path, "%s/%s", directory, source->name) < 0) {
            diagnostics_no_memory(diags);
            ok = false;
            break;
        }
        source->text = file_text(path, source->name, &source->length, diags);
        free(path);
        ok = source->text != NULL;
    }
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return ok;
}
