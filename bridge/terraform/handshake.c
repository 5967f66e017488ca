/* SPDX-License-Identifier: Apache-2.0
 *
 * handshake.c - go-plugin's handshake, protocol 1, over a unix socket.
 */
#include "handshake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <json-c/json.h>

enum { BACKLOG = 128 };

bool handshake_expected(void)
{
    static const char cookie[] = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
    const char *value = getenv("TF_PLUGIN_MAGIC_COOKIE");
    return value && !strcmp(value, cookie);
}

/* Makes a fresh directory, readable by this user alone, and leaves the socket's path. */
static bool make_directory(const char *parent, char *path, size_t size)
{
    static const char name[] = "/provider-XXXXXX", socket_name[] = "/socket";
    int length = snprintf(path, size, "%s%s", parent, name);
    if (length < 0 || (size_t)length + sizeof(socket_name) > size) {
        errno = ENAMETOOLONG;
        return false;
    }
    if (!mkdtemp(path))
        return false;
    memcpy(path + length, socket_name, sizeof(socket_name));
    return true;
}

static void remove_directory(char *path)
{
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    *path = '\0';
}

bool endpoint_open(struct endpoint *endpoint, char *problem, size_t size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *parents[] = {getenv("PLUGIN_UNIX_SOCKET_DIR"), getenv("TMPDIR"), "/tmp"};
    const char *parent = NULL;
    bool made = false;
    endpoint->listener = -1;
    for (size_t i = 0; i < sizeof(parents) / sizeof(*parents) && !made; i++) {
        if (parents[i] && *parents[i]) {
            parent = parents[i];
            made = make_directory(parent, endpoint->path, sizeof(endpoint->path));
        }
    }
    if (!made) {
        snprintf(problem, size,
                 "cannot make a directory for the socket in %s: %s; set TMPDIR to one that can "
                 "be written to",
                 parent, strerror(errno));
        endpoint->path[0] = '\0';
        return false;
    }
    memcpy(address.sun_path, endpoint->path, sizeof(address.sun_path));
    endpoint->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (endpoint->listener < 0 ||
        bind(endpoint->listener, (const struct sockaddr *)&address, sizeof(address)) ||
        listen(endpoint->listener, BACKLOG)) {
        snprintf(problem, size, "cannot listen on the socket %s: %s", endpoint->path, strerror(errno));
        endpoint_close(endpoint);
        return false;
    }
    return true;
}

void endpoint_close(struct endpoint *endpoint)
{
    if (endpoint->listener >= 0)
        close(endpoint->listener);
    endpoint->listener = -1;
    if (endpoint->path[0])
        remove_directory(endpoint->path);
}

/* One write, then standard output leads elsewhere. */
static bool print_only(const char *line, int length, size_t size)
{
    if (length < 0 || (size_t)length >= size)
        return false;
    return write(STDOUT_FILENO, line, (size_t)length) == length &&
           dup2(STDERR_FILENO, STDOUT_FILENO) == STDOUT_FILENO;
}

bool handshake_print(const struct endpoint *endpoint, const char *certificate)
{
    char line[4096];
    int length = snprintf(line, sizeof(line), "1|%d|unix|%s|grpc|%s\n", PROTOCOL_VERSION, endpoint->path,
                          certificate ? certificate : "");
    return print_only(line, length, sizeof(line));
}

/* Adds a member, and takes it over. False without memory. */
static bool add(struct json_object *object, const char *key, struct json_object *value)
{
    if (value && !json_object_object_add(object, key, value))
        return true;
    json_object_put(value);
    return false;
}

bool handshake_print_reattach(const struct endpoint *endpoint, const char *address)
{
    static const char *const hosts[] = {"registry.terraform.io", "registry.opentofu.org"};
    char line[4096], full[512];
    bool ok = false;
    struct json_object *all = json_object_new_object();
    struct json_object *provider = json_object_new_object(), *socket_address = json_object_new_object();
    if (all && provider && socket_address) {
        ok = add(socket_address, "Network", json_object_new_string("unix")) &&
             add(socket_address, "String", json_object_new_string(endpoint->path)) &&
             add(provider, "Protocol", json_object_new_string("grpc")) &&
             add(provider, "ProtocolVersion", json_object_new_int(PROTOCOL_VERSION)) &&
             add(provider, "Pid", json_object_new_int64(getpid())) &&
             add(provider, "Test", json_object_new_boolean(true)) &&
             add(provider, "Addr", json_object_get(socket_address));
    }
    for (size_t i = 0; ok && i < sizeof(hosts) / sizeof(*hosts); i++) {
        int length = snprintf(full, sizeof(full), "%s/%s", hosts[i], address);
        ok = length > 0 && (size_t)length < sizeof(full) && add(all, full, json_object_get(provider));
    }
    if (ok) {
        const char *text =
            json_object_to_json_string_ext(all, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
        ok = print_only(line, snprintf(line, sizeof(line), "%s\n", text ? text : ""), sizeof(line));
    }
    json_object_put(socket_address);
    json_object_put(provider);
    json_object_put(all);
    return ok;
}
