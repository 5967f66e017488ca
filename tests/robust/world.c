/* SPDX-License-Identifier: Apache-2.0
 *
 * world.c - see world.h.
 */
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { ANSWER_MAX = 1 << 16 };

static char configure_text[512], object_path[256];

/* --- widgets --- */

#define WIDGET                                                                                               \
    "{\"name\":\"n\",\"size\":7,\"weight\":0.1,\"tags\":[\"a\",\"a tag that is longer than any first "       \
    "buffer is\"],"                                                                                          \
    "\"zones\":[\"z\",\"y\"],\"labels\":{\"k\":\"v\"},\"position\":{\"x\":1,\"note\":\"here\"},"             \
    "\"parts\":[{\"kind\":\"gear\"},{\"kind\":\"spring\",\"amount\":2}],\"secret\":\"abc\"}"
#define CREATE_WIDGET "{\"operation\":\"create\",\"type\":\"widget\",\"config\":" WIDGET "}"
#define KNOWN_WIDGET  "{\"name\":\"n\",\"size\":3,\"zones\":[\"z\",\"y\"],\"id\":\"widget-n\",\"revision\":1}"

static const char *const widget_there[] = {CREATE_WIDGET, NULL};

static const struct scene widget_scenes[] = {
    {.name = "open and configure"},
    {.name = "validate",
     .request =
         "{\"operation\":\"validate\",\"kind\":\"resource\",\"name\":\"widget\",\"config\":" WIDGET "}"},
    {.name = "plan", .request = "{\"operation\":\"plan\",\"type\":\"widget\",\"config\":" WIDGET "}"},
    {.name = "plan a change",
     .request =
         "{\"operation\":\"plan\",\"type\":\"widget\",\"prior\":" KNOWN_WIDGET ",\"config\":" WIDGET "}"},
    {.name = "create", .request = CREATE_WIDGET, .makes = true},
    {.name = "read",
     .before = widget_there,
     .request = "{\"operation\":\"read\",\"type\":\"widget\",\"state\":" KNOWN_WIDGET "}",
     .keeps = true},
    {.name = "update",
     .before = widget_there,
     .request =
         "{\"operation\":\"update\",\"type\":\"widget\",\"state\":" KNOWN_WIDGET ",\"config\":" WIDGET "}",
     .keeps = true},
    {.name = "delete",
     .before = widget_there,
     .request = "{\"operation\":\"delete\",\"type\":\"widget\",\"state\":" KNOWN_WIDGET "}",
     .keeps = true},
    {.name = "import",
     .before = widget_there,
     .request = "{\"operation\":\"import\",\"type\":\"widget\",\"id\":\"widgets/n\"}"},
    {.name = "list", .before = widget_there, .request = "{\"operation\":\"list\",\"type\":\"widget\"}"},
    {.name = "call",
     .request = "{\"operation\":\"call\",\"name\":\"join\",\"arguments\":[[\"a\",\"b\",\"c\"],\"-\"]}"},
    {0},
};

static void clear_widgets(void)
{
    unlink(object_path);
}

static bool object_file_exists(void)
{
    return access(object_path, F_OK) == 0;
}

const struct world *world_widget(const char *folder)
{
    static const struct world world = {.schemas = WIDGET_SCHEMAS,
                                       .configure = configure_text,
                                       .clear = clear_widgets,
                                       .exists = object_file_exists,
                                       .scenes = widget_scenes};
    snprintf(object_path, sizeof object_path, "%s/n", folder);
    snprintf(configure_text, sizeof configure_text,
             "{\"operation\":\"configure\",\"config\":{\"directory\":\"%s\"}}", folder);
    return &world;
}

/* --- keys and provider IDs --- */

#define REGION       "\"cloud_provider\":\"aws\",\"region\":\"us-east-2\""
#define ORGANIZATION "0a1b2c3d-0000-4000-8000-000000000001"
#define ARN          "arn:aws:kms:us-east-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define KEY          REGION ",\"key_id\":\"" ARN "\""
#define CREATE_KEY   "{\"operation\":\"create\",\"type\":\"astra_cmk_key\",\"config\":{" KEY "}}"
#define KNOWN_KEY    "{" KEY ",\"id\":\"aws/us-east-2\",\"organization_id\":\"" ORGANIZATION "\"}"
#define CREATE_SEAT  "{\"operation\":\"create\",\"type\":\"astra_provider_id\",\"config\":{" REGION "}}"
#define KNOWN_SEAT                                                                                           \
    "{" REGION ",\"id\":\"aws/us-east-2/"                                                                    \
    "900000000001\",\"provider_id\":\"900000000001\",\"organization_id\":\"" ORGANIZATION "\"}"

static const char *const key_there[] = {CREATE_KEY, NULL};

static const struct scene astra_scenes[] = {
    {.name = "open and configure"},
    {.name = "plan a key",
     .request = "{\"operation\":\"plan\",\"type\":\"astra_cmk_key\",\"config\":{" KEY "}}"},
    {.name = "create a key", .request = CREATE_KEY, .makes = true},
    {.name = "read a key",
     .before = key_there,
     .request = "{\"operation\":\"read\",\"type\":\"astra_cmk_key\",\"state\":" KNOWN_KEY "}",
     .keeps = true},
    {.name = "import a key",
     .before = key_there,
     .request = "{\"operation\":\"import\",\"type\":\"astra_cmk_key\",\"id\":\"aws/us-east-2\"}"},
    {.name = "list keys",
     .before = key_there,
     .request = "{\"operation\":\"list\",\"type\":\"astra_cmk_key\"}"},
    {.name = "delete a key",
     .before = key_there,
     .request = "{\"operation\":\"delete\",\"type\":\"astra_cmk_key\",\"state\":" KNOWN_KEY "}",
     .keeps = true},
    {.name = "plan a provider ID",
     .request = "{\"operation\":\"plan\",\"type\":\"astra_provider_id\",\"config\":{" REGION "}}"},
    {.name = "create a provider ID", .request = CREATE_SEAT},
    {.name = "read a provider ID",
     .request = "{\"operation\":\"read\",\"type\":\"astra_provider_id\",\"state\":" KNOWN_SEAT "}",
     .keeps = true},
    {.name = "key policy",
     .request = "{\"operation\":\"call\",\"name\":\"aws_key_policy\",\"arguments\":[\"111122223333\","
                "[\"900000000001\",\"900000000002\"]]}"},
    {.name = "parse a key",
     .request = "{\"operation\":\"call\",\"name\":\"parse_key_id\",\"arguments\":[\"" ARN "\"]}"},
    {0},
};

static pid_t simulator;
static int simulator_input = -1;
static struct sockaddr_in simulator_address;

/* Sends a request without a body to the simulator; the whole answer, to be copied by who needs it longer. */
static const char *ask(const char *method, const char *path)
{
    static char answer[ANSWER_MAX];
    char request[256];
    size_t have = 0;
    ssize_t got;
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(
        connect(connection, (const struct sockaddr *)&simulator_address, sizeof simulator_address), 0);
    int length = snprintf(request, sizeof request, "%s %s HTTP/1.0\r\n\r\n", method, path);
    assert_int_equal(write(connection, request, (size_t)length), length);
    while ((got = read(connection, answer + have, sizeof answer - 1 - have)) > 0)
        have += (size_t)got;
    close(connection);
    answer[have] = '\0';
    return answer;
}

static void clear_astra(void)
{
    ask("DELETE", "/_admin/keys?cloud_provider=aws&region=us-east-2");
    unlink(object_path); /* the provider IDs that were handed out: the next one is the same */
}

static bool key_exists(void)
{
    return strstr(ask("GET", "/_admin/state"), ARN) != NULL;
}

/* Starts the simulator, which prints its address, and ends with its standard input. */
static void start_simulator(char *url, size_t size)
{
    int input[2], output[2];
    unsigned short port = 0;
    posix_spawn_file_actions_t actions;
    char program[] = SIMULATOR, option[] = "--exit-with-stdin", *arguments[] = {program, option, NULL};
    assert_int_equal(pipe(input) | pipe(output), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, input[1]);
    assert_int_equal(posix_spawn(&simulator, program, &actions, NULL, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(input[0]);
    close(output[1]);
    simulator_input = input[1];
    FILE *lines = fdopen(output[0], "r");
    assert_non_null(lines);
    assert_non_null(fgets(url, (int)size, lines));
    fclose(lines);
    url[strcspn(url, "\n")] = '\0';
    assert_int_equal(sscanf(url, "http://127.0.0.1:%hu", &port), 1);
    simulator_address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    simulator_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

const struct world *world_astra(const char *folder)
{
    static const struct world world = {.schemas = ASTRA_SCHEMAS,
                                       .configure = configure_text,
                                       .clear = clear_astra,
                                       .exists = key_exists,
                                       .scenes = astra_scenes};
    char url[64];
    setenv("XDG_STATE_HOME", folder, 1);
    start_simulator(url, sizeof url);
    snprintf(object_path, sizeof object_path, "%s/astra-cmk/" ORGANIZATION "/aws-us-east-2", folder);
    snprintf(configure_text, sizeof configure_text,
             "{\"operation\":\"configure\",\"config\":{\"token\":\"AstraCS:simulator\",\"api_url\":\"%s\","
             "\"max_retries\":0}}",
             url);
    return &world;
}

void world_end(void)
{
    if (simulator > 0) {
        close(simulator_input);
        waitpid(simulator, NULL, 0);
        simulator = 0;
    }
}
