/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - hclog's JSON form. Terraform crashes when @level, @message or @timestamp is no string, and cuts
 * lines of 64 KiB in two, so both are seen to here, whatever a plugin hands in.
 */
#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../utf8.h"

enum { TEXT_LIMIT = 8 << 10, LINE_LIMIT = 60 << 10 };

static const char *const level_names[] = {"off", "error", "warn", "info", "debug", "trace"};

/* A JSON string of the text: broken UTF-8 is replaced, too long a text is cut. */
static struct json_object *clean_string(const char *text)
{
    static const char replacement[] = "\xef\xbf\xbd", more[] = " [cut]";
    size_t size = strnlen(text, TEXT_LIMIT), filled = 0;
    bool cut = text[size] != '\0';
    char *clean = malloc(3 * size + sizeof(more));
    if (!clean)
        return NULL;
    while (size) {
        size_t valid = utf8_valid_prefix(text, size);
        memcpy(clean + filled, text, valid);
        filled += valid;
        text += valid, size -= valid;
        if (!size || (cut && size < 4))
            break; /* what is left is a character that was cut in two */
        memcpy(clean + filled, replacement, sizeof(replacement) - 1);
        filled += sizeof(replacement) - 1;
        text++, size--;
    }
    if (cut) {
        memcpy(clean + filled, more, sizeof(more) - 1);
        filled += sizeof(more) - 1;
    }
    struct json_object *string = json_object_new_string_len(clean, (int)filled);
    free(clean);
    return string;
}

/* Adds a member, and takes it over. False without memory. */
static bool add(struct json_object *line, const char *key, struct json_object *value)
{
    if (value && !json_object_object_add(line, key, value))
        return true;
    json_object_put(value);
    return false;
}

static bool add_timestamp(struct json_object *line)
{
    struct timeval now;
    struct tm utc;
    char date[32], text[48];
    gettimeofday(&now, NULL);
    if (!gmtime_r(&now.tv_sec, &utc) || !strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc))
        return false;
    snprintf(text, sizeof(text), "%s.%06ldZ", date, (long)now.tv_usec);
    return add(line, "@timestamp", json_object_new_string(text));
}

/* Adds the members of a JSON object in text; text that is none, or is too long, as a string. */
static bool add_fields(struct json_object *line, const char *text)
{
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *fields = NULL;
    size_t size = strlen(text);
    bool ok = true;
    if (!tokener)
        return false;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    if (size < LINE_LIMIT / 2)
        fields = json_tokener_parse_ex(tokener, text, (int)size + 1);
    if (fields && json_object_is_type(fields, json_type_object)) {
        json_object_object_foreach(fields, key, value)
        {
            if (key[0] != '@')
                ok = ok && !json_object_object_add(line, key, json_object_get(value));
        }
    } else {
        ok = add(line, "fields", clean_string(text));
    }
    json_object_put(fields);
    json_tokener_free(tokener);
    return ok;
}

static char *line_text(struct json_object *line)
{
    size_t length = 0;
    const char *text = json_object_to_json_string_length(
        line, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);
    char *copy = text ? malloc(length + 2) : NULL;
    if (copy) {
        memcpy(copy, text, length);
        memcpy(copy + length, "\n", 2);
    }
    return copy;
}

char *log_line(const struct log *log, enum log_level level, const char *message, const char *fields)
{
    char *text = NULL;
    bool known = level > LOG_NONE && level <= LOG_TRACE;
    struct json_object *line = json_object_new_object();
    if (line && add(line, "@level", json_object_new_string(level_names[known ? level : LOG_INFO])) &&
        add(line, "@message", clean_string(message ? message : "")) &&
        add(line, "@module", json_object_new_string(log->module)) && add_timestamp(line) &&
        (!fields || add_fields(line, fields)))
        text = line_text(line);
    json_object_put(line);
    if (text && fields && strlen(text) > LINE_LIMIT) { /* escapes made it grow */
        free(text);
        return log_line(log, level, message, NULL);
    }
    return text;
}

static void log_write(const struct provider_log *base, int level, const char *message, const char *fields)
{
    const struct log *log = (const struct log *)base;
    if (level > base->level)
        return;
    char *line = log_line(log, (enum log_level)level, message, fields);
    if (line) {
        ssize_t written = write(log->fd, line, strlen(line));
        (void)written; /* nobody is left to be told */
    }
    free(line);
}

void log_init(struct log *log, enum log_level level, int fd, const char *module)
{
    log->base.write = log_write;
    log->base.level = (int)level;
    log->fd = fd;
    log->module = module;
}
