/* SPDX-License-Identifier: Apache-2.0
 *
 * options.c - reads and checks the simulator's flags, and prints its help.
 */
#include "options.h"
#include "store.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char HELP[] =
    "Usage: astra-simulator [OPTION...]\n"
    "\n"
    "Serves the part of the Astra DevOps API that customer keys need, from memory, on a loopback\n"
    "address. Prints that address as one line, http://127.0.0.1:PORT, and runs until SIGTERM or SIGINT.\n"
    "\n"
    "  --host ADDRESS           loopback address to listen on (127.0.0.1)\n"
    "  --port PORT              0 takes a free port (0)\n"
    "  --token TOKEN            a token with every permission (AstraCS:simulator)\n"
    "  --organization UUID      that token's organization (" STORE_DEFAULT_ORGANIZATION ")\n"
    "  --tls-certificate FILE   serve https with this PEM certificate chain\n"
    "  --tls-key FILE           and this PEM private key\n"
    "  --exit-with-stdin        also exit when standard input ends\n"
    "\n"
    "How it answers, where the real API's documents disagree or are silent:\n"
    "  --provider-ids MODE      same: an unclaimed ID is given again until it is claimed (default);\n"
    "                           new: a fresh one each time; several: all unclaimed ones and a fresh one\n"
    "  --create-status STATUS   200 or 201, of a registration (200)\n"
    "  --create-body on|off     whether a registration is answered with a body (on)\n"
    "  --read-shape SHAPE       one key's answer: openapi, nested under the cloud's name (default), or\n"
    "                           flat, fields at the top level\n"
    "  --letter-case CASE       cloud names in answers about keys: lower (default) or upper\n"
    "  --list on|off            off: GET /v2/kms is refused (on)\n"
    "  --list-status STATUS     with which status, 403 or 405 (403)\n"
    "  --delete on|off          off: removing a registration is refused (on)\n"
    "  --delete-status STATUS   with which status, 403, 404, 405 or 501 (405)\n"
    "  --latency MS             wait before every answer (0)\n"
    "\n"
    "  --help                   this text\n"
    "\n"
    "Tests look inside and script faults below /_admin/; see admin.c and faults.h.\n";

enum flag {
    FLAG_HOST = 256,
    FLAG_PORT,
    FLAG_TOKEN,
    FLAG_ORGANIZATION,
    FLAG_TLS_CERTIFICATE,
    FLAG_TLS_KEY,
    FLAG_EXIT_WITH_STDIN,
    FLAG_PROVIDER_IDS,
    FLAG_CREATE_STATUS,
    FLAG_CREATE_BODY,
    FLAG_READ_SHAPE,
    FLAG_LETTER_CASE,
    FLAG_LIST,
    FLAG_LIST_STATUS,
    FLAG_DELETE,
    FLAG_DELETE_STATUS,
    FLAG_LATENCY,
    FLAG_HELP,
};

static const struct option FLAGS[] = {
    {"host", required_argument, NULL, FLAG_HOST},
    {"port", required_argument, NULL, FLAG_PORT},
    {"token", required_argument, NULL, FLAG_TOKEN},
    {"organization", required_argument, NULL, FLAG_ORGANIZATION},
    {"tls-certificate", required_argument, NULL, FLAG_TLS_CERTIFICATE},
    {"tls-key", required_argument, NULL, FLAG_TLS_KEY},
    {"exit-with-stdin", no_argument, NULL, FLAG_EXIT_WITH_STDIN},
    {"provider-ids", required_argument, NULL, FLAG_PROVIDER_IDS},
    {"create-status", required_argument, NULL, FLAG_CREATE_STATUS},
    {"create-body", required_argument, NULL, FLAG_CREATE_BODY},
    {"read-shape", required_argument, NULL, FLAG_READ_SHAPE},
    {"letter-case", required_argument, NULL, FLAG_LETTER_CASE},
    {"list", required_argument, NULL, FLAG_LIST},
    {"list-status", required_argument, NULL, FLAG_LIST_STATUS},
    {"delete", required_argument, NULL, FLAG_DELETE},
    {"delete-status", required_argument, NULL, FLAG_DELETE_STATUS},
    {"latency", required_argument, NULL, FLAG_LATENCY},
    {"help", no_argument, NULL, FLAG_HELP},
    {NULL, 0, NULL, 0},
};

/* The place of `text` in a list that NULL ends, or -1. */
static int choice(const char *text, const char *const *words)
{
    for (int i = 0; words[i]; i++) {
        if (strcmp(text, words[i]) == 0)
            return i;
    }
    return -1;
}

static bool read_switch(const char *text, bool *value)
{
    int place = choice(text, (const char *const[]){"off", "on", NULL});
    *value = place == 1;
    return place >= 0;
}

static bool read_number(const char *text, long largest, long *value)
{
    char *end = NULL;
    *value = strtol(text, &end, 10);
    return end != text && !*end && *value >= 0 && *value <= largest;
}

/* A status, one of those that `allowed` lists. */
static bool read_status(const char *text, const char *const *allowed, unsigned *status)
{
    if (choice(text, allowed) < 0)
        return false;
    *status = (unsigned)strtoul(text, NULL, 10);
    return true;
}

static bool is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* Takes one flag in; false: its value is wrong. */
static bool take(struct options *options, int flag, const char *text)
{
    long number = 0;
    int place = 0;
    switch (flag) {
    case FLAG_HOST:
        options->host = text;
        return is_loopback(text);
    case FLAG_PORT:
        if (!read_number(text, UINT16_MAX, &number))
            return false;
        options->port = (uint16_t)number;
        return true;
    case FLAG_TOKEN:
        options->token = text;
        return *text != '\0';
    case FLAG_ORGANIZATION:
        options->organization = text;
        return uuid_is(text);
    case FLAG_TLS_CERTIFICATE:
        options->tls_certificate = text;
        return true;
    case FLAG_TLS_KEY:
        options->tls_key = text;
        return true;
    case FLAG_EXIT_WITH_STDIN:
        options->exit_with_stdin = true;
        return true;
    case FLAG_PROVIDER_IDS:
        place = choice(text, (const char *const[]){"same", "new", "several", NULL});
        options->seats = place < 0 ? SEATS_SAME : (enum seats)place;
        return place >= 0;
    case FLAG_CREATE_STATUS:
        return read_status(text, (const char *const[]){"200", "201", NULL}, &options->create_status);
    case FLAG_CREATE_BODY:
        return read_switch(text, &options->create_body);
    case FLAG_READ_SHAPE:
        place = choice(text, (const char *const[]){"openapi", "flat", NULL});
        options->flat = place == 1;
        return place >= 0;
    case FLAG_LETTER_CASE:
        place = choice(text, (const char *const[]){"lower", "upper", NULL});
        options->upper_case = place == 1;
        return place >= 0;
    case FLAG_LIST:
        return read_switch(text, &options->list);
    case FLAG_LIST_STATUS:
        return read_status(text, (const char *const[]){"403", "405", NULL}, &options->list_status);
    case FLAG_DELETE:
        return read_switch(text, &options->deleting);
    case FLAG_DELETE_STATUS:
        return read_status(text, (const char *const[]){"403", "404", "405", "501", NULL},
                           &options->delete_status);
    case FLAG_LATENCY:
        if (!read_number(text, 3600000, &number))
            return false;
        options->latency_ms = (int)number;
        return true;
    default:
        return false;
    }
}

static const char *flag_name(int flag)
{
    for (size_t i = 0; FLAGS[i].name; i++) {
        if (FLAGS[i].val == flag)
            return FLAGS[i].name;
    }
    return "?";
}

enum options_result options_read(struct options *options, int count, char **arguments)
{
    *options = (struct options){
        .host = "127.0.0.1",
        .organization = STORE_DEFAULT_ORGANIZATION,
        .token = "AstraCS:simulator",
        .create_status = 200,
        .create_body = true,
        .list = true,
        .list_status = 403,
        .deleting = true,
        .delete_status = 405,
    };

    int flag;
    while ((flag = getopt_long(count, arguments, "", FLAGS, NULL)) != -1) {
        if (flag == FLAG_HELP) {
            fputs(HELP, stdout);
            return OPTIONS_HELP;
        }
        if (flag == '?') {
            fputs("Try --help.\n", stderr);
            return OPTIONS_WRONG;
        }
        if (!take(options, flag, optarg)) {
            fprintf(stderr, "astra-simulator: --%s can't be \"%s\"; --help lists what it can be.\n",
                    flag_name(flag), optarg);
            return OPTIONS_WRONG;
        }
    }
    if (optind < count) {
        fprintf(stderr, "astra-simulator: unexpected argument \"%s\"; try --help.\n", arguments[optind]);
        return OPTIONS_WRONG;
    }
    if (!options->tls_certificate != !options->tls_key) {
        fputs("astra-simulator: --tls-certificate and --tls-key go together; give both or neither.\n",
              stderr);
        return OPTIONS_WRONG;
    }
    return OPTIONS_RUN;
}
