/* SPDX-License-Identifier: Apache-2.0
 *
 * library.c - see library.h. The only file that calls dlopen and dlsym.
 */
#include "library.h"

#include "call.h"
#include "trust.h"

#include <dlfcn.h>
#include <link.h>
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

/* What releases the plugin's memory. `free` that the plugin does not define itself is the one that this
 * process uses: searched for from the library on it would be glibc's, even where the program, or LD_PRELOAD,
 * brings another allocator, which is then the one that the plugin calls. */
static void (*find_release(const struct schema_set *set, void *handle))(void)
{
    void (*found)(void) = find_function(handle, set->free_symbol);
    union {
        void (*function)(void);
        void *data;
    } address = {.function = found};
    struct link_map *map = NULL;
    Dl_info info;
    bool own = found != NULL && dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 &&
               dladdr(address.data, &info) != 0 && strcmp(info.dli_fname, map->l_name) == 0;
    return strcmp(set->free_symbol, "free") == 0 && !own ? (void (*)(void))free : found;
}

static void check_abi(const struct schema_set *set, void *handle, const char *path, struct diagnostics *diags)
{
    if (set->abi_symbol == NULL)
        return;
    uint32_t (*version)(void) = (uint32_t(*)(void))find_function(handle, set->abi_symbol);
    if (version == NULL) {
        diagnostics_error(
            diags, NULL, "Plugin lacks its ABI version",
            "%s: at /abi_version/symbol: %s has no symbol %s. Correct the schema, or export the "
            "function.",
            set->provider.file, path, set->abi_symbol);
        return;
    }
    uint32_t found = version();
    if ((int64_t)found != set->abi_version)
        diagnostics_error(
            diags, NULL, "Plugin has another ABI version",
            "%s: at /abi_version: %s has ABI version %u, the schemas are for %lld. Install library and "
            "schemas of one release together.",
            set->provider.file, path, found, (long long)set->abi_version);
}

struct binding {
    void *handle;
    const char *path;
    call_release release;
    struct diagnostics *diags;
};

/* The function of a callback; NULL after an error. */
static void (*callback_function(const struct binding *binding, const struct schema *schema,
                                const struct schema_callback *callback))(void)
{
    void (*function)(void) = find_function(binding->handle, callback->symbol);
    if (function == NULL)
        diagnostics_error(
            binding->diags, NULL, "Plugin lacks a symbol",
            "%s: at %s/symbol: %s has no symbol %s. Correct the schema, or export the function.",
            schema->file, callback->pointer, binding->path, callback->symbol);
    return function;
}

static void bind_callback(const struct binding *binding, const struct schema *schema,
                          struct schema_callback *callback)
{
    void (*function)(void) = callback_function(binding, schema, callback);
    if (function != NULL)
        callback->call = call_create(callback, function, binding->release, binding->diags);
}

/* Schemas that are not whole may lack the symbol. */
static void inspect_callback(const struct binding *binding, const struct schema *schema,
                             struct schema_callback *callback)
{
    if (callback->symbol != NULL && callback->symbol[0] != '\0')
        callback_function(binding, schema, callback);
}

typedef void visitor(const struct binding *binding, const struct schema *schema,
                     struct schema_callback *callback);

/* Does something to every callback of a schema. */
static void each_callback(const struct schema *schema, const struct binding *binding, visitor *visit)
{
    for (size_t i = 0; i < CALLBACK_ROLES; i++)
        if (schema->callbacks[i] != NULL)
            visit(binding, schema, schema->callbacks[i]);
    for (size_t i = 0; i < schema->check_count; i++)
        visit(binding, schema, &schema->checks[i]);
}

static void each_schema(const struct schema_set *set, const struct binding *binding, visitor *visit)
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
    call_destroy(callback->call);
    callback->call = NULL;
}

void library_release(struct schema_set *set)
{
    each_schema(set, NULL, unbind_callback);
}

/* Opens the library, looks at what provider.json says of it, and visits every callback. False after an
 * error. */
static bool open_and_visit(const struct schema_set *set, visitor *visit, struct diagnostics *diags)
{
    struct diagnostics problems = {0};
    char *path = library_path(set);
    if (path == NULL) {
        diagnostics_no_memory(diags);
        return false;
    }
    void *handle = NULL;
    /* Without a slash it is a system library, which the loader finds where root put it. */
    if (strchr(path, '/') != NULL && !trust_library(path, &problems))
        goto done;
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == NULL) {
        diagnostics_error(
            &problems, NULL, "Plugin can't be loaded",
            "%s: at /library: %s. Install the library where this names it, or correct the name.",
            set->provider.file, dlerror());
        goto done;
    }
    check_abi(set, handle, path, &problems);
    void (*release)(void) = find_release(set, handle);
    if (release == NULL)
        diagnostics_error(&problems, NULL, "Plugin lacks its release function",
                          "%s: at /free: %s has no symbol %s, which is to release what the plugin hands out. "
                          "Export it, or name another.",
                          set->provider.file, path, set->free_symbol);
    struct binding binding = {handle, path, (call_release)release, &problems};
    each_schema(set, &binding, visit);
done:
    free(path);
    bool ok = !problems.has_error;
    diagnostics_move(diags, &problems);
    return ok;
}

bool library_load(struct schema_set *set, struct diagnostics *diags)
{
    if (set->library == NULL)
        return true;
    bool ok = open_and_visit(set, bind_callback, diags);
    if (!ok)
        library_release(set);
    return ok;
}

bool library_inspect(const struct schema_set *set, struct diagnostics *diags)
{
    /* "": provider.json could not be read. */
    if (set->library == NULL || set->library[0] == '\0')
        return true;
    return open_and_visit(set, inspect_callback, diags);
}
