/* SPDX-License-Identifier: Apache-2.0
 *
 * guard.c - what both resources check alike; see guard.h.
 */
#include "guard.h"

#include "devops/databases.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

int guard_place(struct operation *operation, const char *cloud_provider, const char *region,
                const char **cloud)
{
    *cloud = text_cloud(cloud_provider);
    if (!*cloud) {
        return operation_fail(operation, ASTRA_INVALID, "cloud_provider", "Unknown cloud provider",
                              "Set `cloud_provider` to \"aws\", \"gcp\" or \"azure\".");
    }
    /* As a segment of a path, one or two dots would make it another path. */
    if (text_empty(region) || text_has_blank(region) || !strcmp(region, ".") || !strcmp(region, "..")) {
        return operation_fail(operation, ASTRA_INVALID, "region", "Not a region",
                              "Set `region` to the name of a region without blanks, such as \"us-east-2\".");
    }
    return ASTRA_OK;
}

#define WAY_OUT                                                                                              \
    "To go on all the same, set `force_destroy = true` and apply that first. To stop managing this without " \
    "removing it, take it out of the configuration with a `removed` block that holds "                       \
    "`lifecycle { destroy = false }`."

/* The listing failed. Whoever cancels, or has a wrong token, must hear that and nothing else. */
static int unseen(struct operation *operation, int status, const char *cloud, const char *region)
{
    struct failure failure = {0};

    if (status == ASTRA_CANCELLED || operation->failure.http_status == 401) {
        return status;
    }
    failure_copy(&failure, &operation->failure);
    status = operation_fail(
        operation, ASTRA_CONFLICT, "force_destroy", "Refused: it can't be seen whether databases use this",
        "A database in %s/%s may need what is to be removed, and would lose its key. %s: %s "
        "(\"org-db-view\" is the permission that shows databases.) " WAY_OUT,
        cloud, region, failure.summary ? failure.summary : "Databases could not be listed",
        failure.detail ? failure.detail : "");
    operation->failure.http_status = failure.http_status;
    failure_clear(&failure);
    return status;
}

int guard_databases(struct operation *operation, const char *cloud, const char *region,
                    enum freshness freshness)
{
    size_t count = 0;
    char *names = NULL;
    int status = databases_in(operation, cloud, region, freshness, &count, &names);

    if (status != ASTRA_OK) {
        status = unseen(operation, status, cloud, region);
    } else if (count) {
        status = operation_fail(
            operation, ASTRA_CONFLICT, "force_destroy", "Refused: databases live in this region",
            "%zu database%s in %s/%s may need what is to be removed, and would lose %s key: %s. "
            "Terminate %s first. " WAY_OUT,
            count, count == 1 ? "" : "s", cloud, region, count == 1 ? "its" : "their", names,
            count == 1 ? "it" : "them");
    }
    free(names);
    return status;
}

int astra_database_guard(astra_session *session, const char *operation_name, const char *cloud_provider,
                         const char *region, bool force, const struct astra_report *report)
{
    struct operation operation;
    const char *cloud;
    int status;

    /* Before the provider is configured nothing can be seen; the apply asks again. */
    if (!session || force || !operation_name ||
        (strcmp(operation_name, "destroy") && strcmp(operation_name, "replace"))) {
        return ASTRA_OK;
    }
    if ((status = operation_begin(&operation, session, report))) {
        return status;
    }
    status = guard_place(&operation, cloud_provider, region, &cloud);
    if (status == ASTRA_OK) {
        status = guard_databases(&operation, cloud, region, SHARED_RECENT);
    }
    return operation_end(&operation, status);
}

int guard_output(struct operation *operation, char **output, const char *text)
{
    char *copy;

    if (!output) {
        return ASTRA_OK;
    }
    copy = text ? strdup(text) : NULL;
    if (!copy) {
        return operation_no_memory(operation);
    }
    *output = copy;
    return ASTRA_OK;
}

int guard_output_id(struct operation *operation, char **output, const char *cloud, const char *region,
                    const char *last)
{
    char *id;

    if (!output) {
        return ASTRA_OK;
    }
    id = text_format("%s/%s%s%s", cloud, region, last ? "/" : "", last ? last : "");
    if (!id) {
        return operation_no_memory(operation);
    }
    *output = id;
    return ASTRA_OK;
}
