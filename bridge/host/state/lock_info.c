/* SPDX-License-Identifier: Apache-2.0
 *
 * lock_info.c - see lock_info.h.
 */
#include "lock_info.h"

#include "state_internal.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* The members of a lock's JSON, in Terraform's order. */
static const struct {
    const char *name;
    size_t offset;
} members[] = {
    {"ID", offsetof(struct lock_info, id)},           {"Operation", offsetof(struct lock_info, operation)},
    {"Info", offsetof(struct lock_info, info)},       {"Who", offsetof(struct lock_info, who)},
    {"Version", offsetof(struct lock_info, version)}, {"Created", offsetof(struct lock_info, created)},
    {"Path", offsetof(struct lock_info, path)},
};
enum { MEMBERS = sizeof members / sizeof members[0] };

static char **member(struct lock_info *info, size_t i)
{
    return (char **)(void *)((char *)info + members[i].offset);
}

static const char *text_of(const struct lock_info *info, size_t i)
{
    const char *text = *(char *const *)(const void *)((const char *)info + members[i].offset);
    return text == NULL ? "" : text;
}

char *uuid_make(void)
{
    unsigned char b[16];
    char *uuid = NULL;
    if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
        return NULL;
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40); /* version 4 */
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80); /* of RFC 9562 */
    int written =
        asprintf(&uuid, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
                 b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
    return written < 0 ? NULL : uuid;
}

/* The list of users is asked last: it may be far away, and glibc crashes in it without memory. */
static char *user_and_host(void)
{
    struct utsname system;
    struct passwd entry, *found = NULL;
    char buffer[4096], *text = NULL;
    const char *user = getenv("USER");
    if (user == NULL || *user == '\0')
        user = getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found != NULL
                   ? found->pw_name
                   : "unknown";
    int written = asprintf(&text, "%s@%s", user, uname(&system) == 0 ? system.nodename : "unknown");
    return written < 0 ? NULL : text;
}

static char *now_text(void)
{
    struct timespec now;
    struct tm parts;
    char date[40], *text = NULL;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || gmtime_r(&now.tv_sec, &parts) == NULL ||
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts) == 0 ||
        asprintf(&text, "%s.%09ldZ", date, now.tv_nsec) < 0)
        return NULL;
    return text;
}

bool lock_info_make(struct lock_info *info, const char *operation, const char *path)
{
    *info = (struct lock_info){.id = uuid_make(),
                               .operation = strdup(operation),
                               .info = strdup(""),
                               .who = user_and_host(),
                               .version = strdup(PROJECT_VERSION),
                               .created = now_text(),
                               .path = strdup(path)};
    for (size_t i = 0; i < MEMBERS; i++)
        if (*member(info, i) == NULL) {
            lock_info_clear(info);
            return false;
        }
    return true;
}

char *lock_info_text(const struct lock_info *info)
{
    struct text text = {0};
    for (size_t i = 0; i < MEMBERS; i++) {
        text_add(&text, i == 0 ? "{" : ",", 1);
        text_add_json_string(&text, members[i].name);
        text_add(&text, ":", 1);
        text_add_json_string(&text, text_of(info, i));
    }
    text_add(&text, "}", 1);
    return text_take(&text);
}

bool lock_info_read(const char *text, size_t length, struct lock_info *info)
{
    struct json_object *tree = NULL;
    char *problem = NULL;
    *info = (struct lock_info){0};
    bool done = length > 0 && value_from_text(text, length, &tree, &problem) &&
                json_object_is_type(tree, json_type_object);
    for (size_t i = 0; done && i < MEMBERS; i++) {
        struct json_object *value = json_object_object_get(tree, members[i].name);
        if (json_object_is_type(value, json_type_string))
            *member(info, i) = strdup(value_string(value));
    }
    free(problem);
    json_object_put(tree);
    return done && info->id != NULL;
}

/* "2026-01-02T03:04:05.6Z" as Go prints a time. */
static void add_created(struct text *text, const char *created)
{
    const char *letter = strchr(created, 'T');
    size_t length = strlen(created);
    if (letter == NULL || length == 0 || created[length - 1] != 'Z') {
        text_add_string(text, created);
        return;
    }
    text_add(text, created, (size_t)(letter - created));
    text_add(text, " ", 1);
    text_add(text, letter + 1, length - 1 - (size_t)(letter + 1 - created));
    text_add_string(text, " +0000 UTC");
}

char *lock_info_lines(const struct lock_info *info)
{
    struct text text = {0};
    text_add_string(&text, "Lock Info:\n  ID:        ");
    text_add_string(&text, info->id == NULL ? "" : info->id);
    text_add_string(&text, "\n  Path:      ");
    text_add_string(&text, info->path == NULL ? "" : info->path);
    text_add_string(&text, "\n  Operation: ");
    text_add_string(&text, info->operation == NULL ? "" : info->operation);
    text_add_string(&text, "\n  Who:       ");
    text_add_string(&text, info->who == NULL ? "" : info->who);
    text_add_string(&text, "\n  Version:   ");
    text_add_string(&text, info->version == NULL ? "" : info->version);
    text_add_string(&text, "\n  Created:   ");
    add_created(&text, info->created == NULL ? "" : info->created);
    text_add_string(&text, "\n  Info:      ");
    text_add_string(&text, info->info == NULL ? "" : info->info);
    text_add_string(&text, "\n");
    return text_take(&text);
}

void lock_info_clear(struct lock_info *info)
{
    for (size_t i = 0; i < MEMBERS; i++)
        free(*member(info, i));
    *info = (struct lock_info){0};
}
