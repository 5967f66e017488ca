/* SPDX-License-Identifier: Apache-2.0
 *
 * library.c - see library.h. The only file that calls dlopen and dlsym.
 */
#include "library.h"

#include "call.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *library_path(const struct schema_set *set)
{
    char *path = NULL;
    if (set->library == NULL)
        return NULL;
    if (set->library[0] == '/' || strchr(set->library, '/') == NULL)
        return strdup(set->library);
    return asprintf(&path, "%s/%s", set->directory, set->library) >= 0 ? path : NULL;
}

/* A symbol as a function: ISO C has no cast for it, POSIX promises that the bits agree. */
static void (*find_function(void *handle, const char *symbol))(void)
{
    union {
        void *data;
        void (*function)(void);
    } found = {.data = dlsym(handle, symbol)};
    return found.function;
}

static void check_abi(const struct schema_set *set, void *handle, const char *path, struct diagnostics *diags)
{
    if (set->abi_symbol == NULL)
        return;
    uint32_t (*version)(void) = (uint32_t(*)(void))find_function(handle, set->abi_symbol);
    if (version == NULL) {
        diagnostics_error(diags, NULL, "Plugin lacks its ABI version",
                          "%s has no symbol %s, which provider.json names in \"abi_version\".", path,
                          set->abi_symbol);
        return;
    }
    uint32_t found = version();
    if ((int64_t)found != set->abi_version)
        diagnostics_error(
            diags, NULL, "Plugin has another ABI version",
            "%s has ABI version %u, the schemas in %s are for %lld. Install library and schemas of "
            "one release together.",
            path, found, set->directory, (long long)set->abi_version);
}

struct binding {
    void *handle;
    const char *path;
    call_release release;
    struct diagnostics *diags;
};

static void bind_callback(const struct binding *binding, const struct schema *schema,
                          struct schema_callback *callback)
{
    if (callback == NULL)
        return;
    void (*function)(void) = find_function(binding->handle, callback->symbol);
    if (function == NULL)
        diagnostics_error(binding->diags, NULL, "Plugin lacks a symbol",
                          "%s: at %s: %s has no symbol %s. Correct the schema, or export the function.",
                          schema->file, callback->pointer, binding->path, callback->symbol);
    else
        callback->call = call_create(callback, function, binding->release, binding->diags);
}

/* Does something to every callback of a schema. */
static void each_callback(struct schema *schema, const struct binding *binding,
                          void (*visit)(const struct binding *, const struct schema *,
                                        struct schema_callback *))
{
    for (size_t i = 0; i < CALLBACK_ROLES; i++)
        visit(binding, schema, schema->callbacks[i]);
    for (size_t i = 0; i < schema->check_count; i++)
        visit(binding, schema, &schema->checks[i]);
}

static void each_schema(struct schema_set *set, const struct binding *binding,
                        void (*visit)(const struct binding *, const struct schema *,
                                      struct schema_callback *))
{
    each_callback(&set->provider, binding, visit);
    for (size_t i = 0; i < set->resource_count; i++)
        each_callback(&set->resources[i], binding, visit);
    for (size_t i = 0; i < set->data_source_count; i++)
        each_callback(&set->data_sources[i], binding, visit);
    for (size_t i = 0; i < set->function_count; i++)
        each_callback(&set->functions[i], binding, visit);
}

static void unbind_callback(const struct binding *binding, const struct schema *schema,
                            struct schema_callback *callback)
{
    (void)binding;
    (void)schema;
    if (callback == NULL)
        return;
    call_destroy(callback->call);
    callback->call = NULL;
}

void library_release(struct schema_set *set)
{
    each_schema(set, NULL, unbind_callback);
}

bool library_load(struct schema_set *set, struct diagnostics *diags)
{
    if (set->library == NULL)
        return true;
    struct diagnostics problems = {0};
    char *path = library_path(set);
    if (path == NULL) {
        diagnostics_no_memory(diags);
        return false;
    }
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == NULL) {
        diagnostics_error(&problems, NULL, "Plugin can't be loaded",
                          "%s. It is named by \"library\" in %s; install it there, or correct the name.",
                          dlerror(), set->provider.file);
        goto done;
    }
    check_abi(set, handle, path, &problems);
    void (*release)(void) = find_function(handle, set->free_symbol);
    if (release == NULL)
        diagnostics_error(&problems, NULL, "Plugin lacks its release function",
                          "%s has no symbol %s, which releases what the plugin hands out (\"free\" in %s).",
                          path, set->free_symbol, set->provider.file);
    struct binding binding = {handle, path, (call_release)release, &problems};
    each_schema(set, &binding, bind_callback);
    if (problems.has_error)
        library_release(set);
done:
    free(path);
    bool ok = !problems.has_error;
    diagnostics_move(diags, &problems);
    return ok;
}
