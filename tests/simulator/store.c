/* SPDX-License-Identifier: Apache-2.0
 *
 * store.c - the simulated Astra's memory and its rules; see store.h. Lists are
 * searched from the front: a test's few hundred objects need no index.
 */
#include "store.h"

#include <ctype.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct store {
    pthread_mutex_t lock;
    char organization[UUID_SIZE]; /* the default one */
    uint64_t next_seat;
    uint64_t next_database;
    TAILQ_HEAD(, token) tokens;
    TAILQ_HEAD(, key) keys;
    TAILQ_HEAD(, seat) seats;
    TAILQ_HEAD(, database) databases;
};

static const char *const CLOUDS[][2] = {{"aws", "AWS"}, {"gcp", "GCP"}, {"azure", "AZURE"}};
static const char *const PERMISSIONS[] = {"read-cmk", "write-cmk", "db-view"};

/* --- names --- */

const char *cloud_name(enum cloud cloud, bool upper_case)
{
    return CLOUDS[cloud][upper_case ? 1 : 0];
}

bool cloud_read(const char *name, bool any_case, enum cloud *cloud)
{
    for (enum cloud i = CLOUD_AWS; name && i <= CLOUD_AZURE; i++) {
        if (strcmp(name, CLOUDS[i][0]) == 0 || (any_case && strcasecmp(name, CLOUDS[i][0]) == 0)) {
            *cloud = i;
            return true;
        }
    }
    return false;
}

unsigned permission_read(const char *name)
{
    for (unsigned i = 0; name && i < 3; i++) {
        if (strcmp(name, PERMISSIONS[i]) == 0)
            return 1U << i;
    }
    return 0;
}

const char *permission_name(unsigned permission)
{
    for (unsigned i = 0; i < 3; i++) {
        if (permission == 1U << i)
            return PERMISSIONS[i];
    }
    return NULL;
}

bool uuid_is(const char *text)
{
    if (!text || strlen(text) != UUID_SIZE - 1)
        return false;
    for (size_t i = 0; i < UUID_SIZE - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}

static void copy_uuid(char target[UUID_SIZE], const char *text)
{
    snprintf(target, UUID_SIZE, "%s", text);
}

bool store_place(const struct store *store, const char *organization, enum cloud cloud, const char *region,
                 struct place *place)
{
    if (!organization)
        organization = store->organization;
    if (!uuid_is(organization) || !region || !*region || strlen(region) >= REGION_SIZE)
        return false;
    *place = (struct place){.cloud = cloud};
    copy_uuid(place->organization, organization);
    snprintf(place->region, sizeof place->region, "%s", region);
    return true;
}

static bool same_place(const struct place *one, const struct place *other)
{
    return one->cloud == other->cloud && strcmp(one->region, other->region) == 0 &&
           strcmp(one->organization, other->organization) == 0;
}

/* --- life --- */

static void free_token(struct token *token)
{
    if (token)
        free(token->text);
    free(token);
}

static void free_key(struct key *key)
{
    if (key)
        free(key->key_id);
    free(key);
}

static void free_database(struct database *database)
{
    if (database) {
        free(database->name);
        free(database->status);
        free(database->regions);
    }
    free(database);
}

struct store *store_create(const char *organization, const char *token)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store)
        return NULL;
    pthread_mutex_init(&store->lock, NULL);
    TAILQ_INIT(&store->tokens);
    TAILQ_INIT(&store->keys);
    TAILQ_INIT(&store->seats);
    TAILQ_INIT(&store->databases);
    store->next_seat = 1;
    store->next_database = 1;
    copy_uuid(store->organization, organization);
    if (store_set_token(store, token, organization, PERMISSION_ALL) != STORE_DONE) {
        store_destroy(store);
        return NULL;
    }
    return store;
}

void store_destroy(struct store *store)
{
    if (!store)
        return;
    for (struct token *token; (token = TAILQ_FIRST(&store->tokens));) {
        TAILQ_REMOVE(&store->tokens, token, link);
        free_token(token);
    }
    for (struct key *key; (key = TAILQ_FIRST(&store->keys));) {
        TAILQ_REMOVE(&store->keys, key, link);
        free_key(key);
    }
    for (struct seat *seat; (seat = TAILQ_FIRST(&store->seats));) {
        TAILQ_REMOVE(&store->seats, seat, link);
        free(seat);
    }
    for (struct database *database; (database = TAILQ_FIRST(&store->databases));) {
        TAILQ_REMOVE(&store->databases, database, link);
        free_database(database);
    }
    pthread_mutex_destroy(&store->lock);
    free(store);
}

/* --- tokens --- */

static struct token *token_at(struct store *store, const char *text)
{
    struct token *token;
    TAILQ_FOREACH(token, &store->tokens, link)
    {
        if (strcmp(token->text, text) == 0)
            break;
    }
    return token;
}

enum store_result store_set_token(struct store *store, const char *text, const char *organization,
                                  unsigned permissions)
{
    enum store_result result = STORE_DONE;
    pthread_mutex_lock(&store->lock);
    struct token *token = token_at(store, text);
    if (!token) {
        token = calloc(1, sizeof *token);
        if (!token || !(token->text = strdup(text))) {
            free_token(token);
            result = STORE_NO_MEMORY;
            goto done;
        }
        TAILQ_INSERT_TAIL(&store->tokens, token, link);
    }
    copy_uuid(token->organization, organization ? organization : store->organization);
    token->permissions = permissions;
done:
    pthread_mutex_unlock(&store->lock);
    return result;
}

enum store_result store_revoke_token(struct store *store, const char *text)
{
    pthread_mutex_lock(&store->lock);
    struct token *token = token_at(store, text);
    if (token)
        TAILQ_REMOVE(&store->tokens, token, link);
    pthread_mutex_unlock(&store->lock);
    free_token(token);
    return token ? STORE_DONE : STORE_MISSING;
}

enum store_result store_find_token(struct store *store, const char *text, char organization[UUID_SIZE],
                                   unsigned *permissions)
{
    pthread_mutex_lock(&store->lock);
    struct token *token = token_at(store, text);
    if (token) {
        copy_uuid(organization, token->organization);
        *permissions = token->permissions;
    }
    pthread_mutex_unlock(&store->lock);
    return token ? STORE_DONE : STORE_MISSING;
}

/* --- keys --- */

static struct key *key_at(struct store *store, const struct place *place)
{
    struct key *key;
    TAILQ_FOREACH(key, &store->keys, link)
    {
        if (same_place(&key->place, place))
            break;
    }
    return key;
}

enum store_result store_set_key(struct store *store, const struct place *place, const char *key_id,
                                bool replace)
{
    enum store_result result = STORE_NO_MEMORY;
    char *copy = strdup(key_id);
    struct key *fresh = calloc(1, sizeof *fresh);
    pthread_mutex_lock(&store->lock);
    if (!copy || !fresh)
        goto done;
    struct key *key = key_at(store, place);
    if (key && !replace) {
        result = STORE_EXISTS;
        goto done;
    }
    if (!key) {
        key = fresh;
        fresh = NULL;
        key->place = *place;
        TAILQ_INSERT_TAIL(&store->keys, key, link);
    }
    free(key->key_id);
    key->key_id = copy;
    copy = NULL;
    result = STORE_DONE;
done:
    pthread_mutex_unlock(&store->lock);
    free(copy);
    free(fresh);
    return result;
}

enum store_result store_remove_key(struct store *store, const struct place *place)
{
    pthread_mutex_lock(&store->lock);
    struct key *key = key_at(store, place);
    if (key)
        TAILQ_REMOVE(&store->keys, key, link);
    pthread_mutex_unlock(&store->lock);
    free_key(key);
    return key ? STORE_DONE : STORE_MISSING;
}

enum store_result store_find_key(struct store *store, const struct place *place, char **key_id)
{
    enum store_result result = STORE_MISSING;
    pthread_mutex_lock(&store->lock);
    struct key *key = key_at(store, place);
    if (key) {
        *key_id = strdup(key->key_id);
        result = *key_id ? STORE_DONE : STORE_NO_MEMORY;
    }
    pthread_mutex_unlock(&store->lock);
    return result;
}

/* --- provider IDs --- */

static struct seat *unclaimed_seat(struct store *store, const struct place *place)
{
    struct seat *seat;
    TAILQ_FOREACH(seat, &store->seats, link)
    {
        if (!*seat->database && same_place(&seat->place, place))
            break;
    }
    return seat;
}

/* An account number on AWS, a project number on Google Cloud, a UUID on Azure. */
static struct seat *mint_seat(struct store *store, const struct place *place)
{
    static const unsigned long long first[] = {900000000000, 700000000000, 0};
    struct seat *seat = calloc(1, sizeof *seat);
    if (!seat)
        return NULL;
    seat->place = *place;
    unsigned long long number = first[place->cloud] + store->next_seat++;
    if (place->cloud == CLOUD_AZURE)
        snprintf(seat->id, sizeof seat->id, "00000000-0000-4000-a000-%012llx", number);
    else
        snprintf(seat->id, sizeof seat->id, "%012llu", number);
    TAILQ_INSERT_TAIL(&store->seats, seat, link);
    return seat;
}

enum store_result store_ask_seats(struct store *store, const struct place *place, enum seats seats,
                                  bool (*visit)(void *context, const struct seat *seat), void *context)
{
    bool visited = true;
    pthread_mutex_lock(&store->lock);
    struct seat *seat = seats == SEATS_SAME ? unclaimed_seat(store, place) : NULL;
    if (!seat)
        seat = mint_seat(store, place);
    if (seat && seats == SEATS_SEVERAL) {
        struct seat *older;
        TAILQ_FOREACH(older, &store->seats, link)
        {
            if (older != seat && !*older->database && same_place(&older->place, place))
                visited = visited && visit(context, older);
        }
    }
    visited = seat && visited && visit(context, seat);
    pthread_mutex_unlock(&store->lock);
    return visited ? STORE_DONE : STORE_NO_MEMORY;
}

/* --- databases --- */

static struct database *database_at(struct store *store, const char *id)
{
    struct database *database;
    TAILQ_FOREACH(database, &store->databases, link)
    {
        if (strcmp(database->id, id) == 0)
            break;
    }
    return database;
}

static struct database *new_database(const struct place *place, const char *const *more_regions,
                                     size_t more_count)
{
    struct database *database = calloc(1, sizeof *database);
    if (!database || !(database->regions = calloc(more_count + 1, sizeof *database->regions))) {
        free(database);
        return NULL;
    }
    database->cloud = place->cloud;
    copy_uuid(database->organization, place->organization);
    database->region_count = more_count + 1;
    snprintf(database->regions[0], REGION_SIZE, "%s", place->region);
    for (size_t i = 0; i < more_count; i++)
        snprintf(database->regions[i + 1], REGION_SIZE, "%s", more_regions[i]);
    return database;
}

static void claim_seats(struct store *store, const struct database *database)
{
    struct place place = {.cloud = database->cloud};
    copy_uuid(place.organization, database->organization);
    for (size_t i = 0; i < database->region_count; i++) {
        memcpy(place.region, database->regions[i], REGION_SIZE);
        struct seat *seat = unclaimed_seat(store, &place);
        if (seat)
            copy_uuid(seat->database, database->id);
    }
}

enum store_result store_set_database(struct store *store, char id[UUID_SIZE], const struct place *place,
                                     const char *name, const char *status, const char *const *more_regions,
                                     size_t more_count)
{
    enum store_result result = STORE_NO_MEMORY;
    char *new_name = strdup(name);
    char *new_status = strdup(status);
    struct database *fresh = new_database(place, more_regions, more_count);
    pthread_mutex_lock(&store->lock);
    if (!new_name || !new_status || !fresh)
        goto done;
    if (!*id)
        snprintf(id, UUID_SIZE, "db000000-0000-4000-8000-%012llx",
                 (unsigned long long)store->next_database++);
    struct database *database = database_at(store, id);
    if (!database) {
        database = fresh;
        fresh = NULL;
        copy_uuid(database->id, id);
        TAILQ_INSERT_TAIL(&store->databases, database, link);
        claim_seats(store, database);
    }
    free(database->name);
    free(database->status);
    database->name = new_name;
    database->status = new_status;
    new_name = new_status = NULL;
    result = STORE_DONE;
done:
    pthread_mutex_unlock(&store->lock);
    free(new_name);
    free(new_status);
    free_database(fresh);
    return result;
}

enum store_result store_remove_database(struct store *store, const char *id)
{
    pthread_mutex_lock(&store->lock);
    struct database *database = database_at(store, id);
    if (database)
        TAILQ_REMOVE(&store->databases, database, link);
    pthread_mutex_unlock(&store->lock);
    free_database(database);
    return database ? STORE_DONE : STORE_MISSING;
}

/* --- visits --- */

bool store_each_token(struct store *store, bool (*visit)(void *context, const struct token *token),
                      void *context)
{
    bool more = true;
    struct token *token;
    pthread_mutex_lock(&store->lock);
    TAILQ_FOREACH(token, &store->tokens, link)
    {
        more = more && visit(context, token);
    }
    pthread_mutex_unlock(&store->lock);
    return more;
}

bool store_each_key(struct store *store, bool (*visit)(void *context, const struct key *key), void *context)
{
    bool more = true;
    struct key *key;
    pthread_mutex_lock(&store->lock);
    TAILQ_FOREACH(key, &store->keys, link)
    {
        more = more && visit(context, key);
    }
    pthread_mutex_unlock(&store->lock);
    return more;
}

bool store_each_seat(struct store *store, bool (*visit)(void *context, const struct seat *seat),
                     void *context)
{
    bool more = true;
    struct seat *seat;
    pthread_mutex_lock(&store->lock);
    TAILQ_FOREACH(seat, &store->seats, link)
    {
        more = more && visit(context, seat);
    }
    pthread_mutex_unlock(&store->lock);
    return more;
}

bool store_each_database(struct store *store, bool (*visit)(void *context, const struct database *database),
                         void *context)
{
    bool more = true;
    struct database *database;
    pthread_mutex_lock(&store->lock);
    TAILQ_FOREACH(database, &store->databases, link)
    {
        more = more && visit(context, database);
    }
    pthread_mutex_unlock(&store->lock);
    return more;
}
