/* SPDX-License-Identifier: Apache-2.0
 *
 * databases.c - which databases live where; see databases.h. What can't be understood is an error, never
 * "no database": a key's removal hangs on it.
 */
#include "databases.h"

#include "../session.h"
#include "../text.h"
#include "answer.h"
#include "retry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    PAGE = 100,
    PAGE_LEAST = 25, /* the API's own page: a shorter one is the last, whatever limit it heeds */
    PAGES_MAX = 1000,
    NAMED = 5,
    MESSAGE_NAME_MAX = 80,
};

static const char doing[] = "list the databases";

/* One place of one database. */
struct location {
    char *name;
    char *cloud;
    char *region;
    size_t database; /* its number, to tell two places of one database from two databases */
};

struct locations {
    size_t count, capacity, databases;
    struct location *items;
};

static void locations_destroy(void *data)
{
    struct locations *all = data;

    for (size_t i = 0; i < all->count; i++) {
        free(all->items[i].name);
        free(all->items[i].cloud);
        free(all->items[i].region);
    }
    free(all->items);
    free(all);
}

static int add(struct operation *operation, struct locations *all, const char *name, const char *cloud,
               const char *region)
{
    struct location *item;

    if (all->count == all->capacity) {
        size_t capacity = all->capacity ? all->capacity * 2 : 16;
        struct location *items = reallocarray(all->items, capacity, sizeof(*items));

        if (!items) {
            return operation_no_memory(operation);
        }
        all->items = items;
        all->capacity = capacity;
    }
    item = &all->items[all->count++];
    *item = (struct location){
        .name = text_clean(name, strlen(name), operation->session->token, MESSAGE_NAME_MAX),
        .cloud = strdup(cloud),
        .region = strdup(region),
        .database = all->databases,
    };
    return item->name && item->cloud && item->region ? ASTRA_OK : operation_no_memory(operation);
}

static const char *const clouds[] = {"cloudProvider", NULL}, *const regions[] = {"region", NULL};

/* A database's further places, each with a cloud of its own or that of the database. */
static int read_datacenters(const struct place *place, struct json_object *list, const char *name,
                            const char *cloud, struct locations *all)
{
    int status = ASTRA_OK;

    if (list && !json_object_is_type(list, json_type_array)) {
        return answer_misshapen(place->operation, doing, place->pointer, "an array \"datacenters\"");
    }
    for (size_t i = 0; list && i < json_object_array_length(list) && status == ASTRA_OK; i++) {
        struct json_object *center = json_object_array_get_idx(list, i);
        const char *own = NULL, *region = NULL;

        if (!(status = member_text(place, center, clouds, &own)) &&
            !(status = member_required(place, center, regions, &region))) {
            own = text_empty(own) ? cloud : own;
            status = own ? add(place->operation, all, name, own, region)
                         : answer_misshapen(place->operation, doing, place->pointer, "a \"cloudProvider\"");
        }
    }
    return status;
}

static int read_database(const struct place *place, struct json_object *json, struct locations *all,
                         const char **id)
{
    static const char *const ids[] = {"id", NULL}, *const statuses[] = {"status", NULL},
                             *const infos[] = {"info", NULL};
    static const char *const names[] = {"name", NULL}, *const centers[] = {"datacenters", NULL};
    struct json_object *info = member(json, infos);
    const char *name = NULL, *cloud = NULL, *region = NULL, *state = NULL;
    size_t before = all->count;
    int status;

    if ((status = member_required(place, json, ids, id)) ||
        (status = member_text(place, json, statuses, &state)) ||
        (status = member_text(place, info, names, &name)) ||
        (status = member_text(place, info, clouds, &cloud)) ||
        (status = member_text(place, info, regions, &region))) {
        return status;
    }
    if (state && !strcasecmp(state, "TERMINATED")) {
        return ASTRA_OK;
    }
    name = text_empty(name) ? *id : name;
    if (!text_empty(cloud) && !text_empty(region)) {
        status = add(place->operation, all, name, cloud, region);
    }
    if (status == ASTRA_OK) {
        status = read_datacenters(place, member(info, centers), name, cloud, all);
    }
    if (status == ASTRA_OK && all->count == before) {
        status =
            answer_misshapen(place->operation, doing, place->pointer, "a database with its cloud and region");
    }
    all->databases++;
    return status;
}

/* Reads a page. *last receives a copy of its last database's id, NULL where there is no further page. */
static int read_page(struct operation *operation, struct json_object *json, struct locations *all,
                     char **last)
{
    size_t count = json_object_is_type(json, json_type_array) ? json_object_array_length(json) : 0;
    const char *id = NULL;
    int status = ASTRA_OK;

    if (!json_object_is_type(json, json_type_array)) {
        return answer_misshapen(operation, doing, "", "an array");
    }
    for (size_t i = 0; i < count && status == ASTRA_OK; i++) {
        char pointer[24];
        struct place place = {.operation = operation, .doing = doing, .pointer = pointer};

        snprintf(pointer, sizeof(pointer), "/%zu", i);
        status = read_database(&place, json_object_array_get_idx(json, i), all, &id);
    }
    if (status == ASTRA_OK && count >= PAGE_LEAST && !(*last = strdup(id))) {
        status = operation_no_memory(operation);
    }
    return status;
}

static int fetch_page(struct operation *operation, const char *after, struct locations *all, char **last)
{
    char *escaped = http_escape(after ? after : "");
    char *path = escaped ? text_format("/v2/databases?include=nonterminated&provider=ALL&limit=%d%s%s", PAGE,
                                       after ? "&starting_after=" : "", escaped)
                         : NULL;
    struct http_answer answer = {0};
    struct json_object *json = NULL;
    int status = path ? send_safely(operation, path, &answer) : operation_no_memory(operation);

    if (status == ASTRA_OK && !answer_ok(&answer)) {
        status = answer_fail(operation, &answer, doing, "org-db-view");
    } else if (status == ASTRA_OK && !(status = answer_json(operation, &answer, doing, &json))) {
        status = read_page(operation, json, all, last);
    }
    json_object_put(json);
    http_answer_clear(&answer);
    free(path);
    free(escaped);
    return status;
}

static int fetch(struct operation *operation, void **data)
{
    struct locations *all = calloc(1, sizeof(*all));
    char *after = NULL, *last = NULL;
    int status = all ? ASTRA_OK : operation_no_memory(operation);

    for (int page = 0; status == ASTRA_OK; page++) {
        if (page == PAGES_MAX) {
            status = operation_fail(operation, ASTRA_FAILED, NULL, "Unexpected answer from the DevOps API",
                                    "Astra could not %s: there is no end to the pages.", doing);
            break;
        }
        last = NULL;
        status = fetch_page(operation, after, all, &last);
        /* A server that heeds no `starting_after` sends the same page again. */
        if (!last || (after && !strcmp(after, last))) {
            break;
        }
        free(after);
        after = last;
    }
    if (last != after) {
        free(last);
    }
    free(after);
    if (status != ASTRA_OK && all) {
        locations_destroy(all);
        all = NULL;
    }
    *data = all;
    return status;
}

int databases_in(struct operation *operation, const char *cloud, const char *region, enum freshness freshness,
                 size_t *count, char **names)
{
    static const struct shared_source source = {.fetch = fetch, .destroy = locations_destroy};
    struct snapshot *snapshot = NULL;
    const struct locations *all;
    size_t size = 0, counted = SIZE_MAX;
    FILE *out;
    int status = shared_get(operation, &operation->session->databases, &source, freshness, &snapshot);

    *count = 0;
    *names = NULL;
    if (status != ASTRA_OK) {
        return status;
    }
    all = snapshot->data;
    out = open_memstream(names, &size);
    for (size_t i = 0; out && i < all->count; i++) {
        const struct location *item = &all->items[i];

        if (item->database != counted && !strcasecmp(item->cloud, cloud) &&
            !strcasecmp(item->region, region)) {
            counted = item->database;
            if (++*count <= NAMED) {
                fprintf(out, "%s%s", *count > 1 ? ", " : "", item->name);
            }
        }
    }
    if (out && *count > NAMED) {
        fprintf(out, " and %zu more", *count - NAMED);
    }
    if (!out || fclose(out)) {
        status = operation_no_memory(operation);
    }
    snapshot_release(snapshot);
    return status;
}
