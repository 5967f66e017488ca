/* SPDX-License-Identifier: Apache-2.0
 *
 * store.c - see store.h.
 */
#include "store.h"

#include <stdlib.h>
#include <string.h>

char *store_path(const char *directory, const char *name)
{
    char *path;
    if (!name || !*name || *name == '.' || strchr(name, '/') || asprintf(&path, "%s/%s", directory, name) < 0)
        return NULL;
    return path;
}

void record_free(struct record *record)
{
    free(record->text);
    record->text = NULL;
}

bool record_load(struct record *record, const char *path)
{
    size_t size = 0;
    record->text = NULL;
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool ok = getdelim(&record->text, &size, '\0', file) > 0;
    if (!ok)
        record_free(record);
    fclose(file);
    return ok;
}

char *record_text(const struct record *record, const char *key)
{
    size_t length = strlen(key);
    for (const char *line = record->text; line && *line; line = strchr(line, '\n') + 1) {
        const char *end = strchr(line, '\n');
        if (!end)
            break;
        if (strncmp(line, key, length) == 0 && line[length] == '=')
            return strndup(line + length + 1, (size_t)(end - line) - length - 1);
    }
    return NULL;
}

void print_texts(FILE *file, const char *const *texts)
{
    if (!texts) {
        fputs("null", file);
        return;
    }
    putc('[', file);
    for (size_t i = 0; texts[i]; i++) {
        fputs(i ? ",\"" : "\"", file);
        for (const char *c = texts[i]; *c; c++) {
            if (*c == '"' || *c == '\\')
                fprintf(file, "\\%c", *c);
            else if ((unsigned char)*c < ' ')
                fprintf(file, "\\u%04x", (unsigned)(unsigned char)*c);
            else
                putc(*c, file);
        }
        putc('"', file);
    }
    putc(']', file);
}
