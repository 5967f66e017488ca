/* SPDX-License-Identifier: Apache-2.0
 *
 * options.h - the simulator's flags. Says what they are; what they do is up to
 * the files that read them.
 */
#ifndef SIMULATOR_OPTIONS_H
#define SIMULATOR_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* What asking for provider IDs gives. */
enum seats {
    SEATS_SAME,    /* the unclaimed one again, until a database claims it */
    SEATS_NEW,     /* a fresh one each time */
    SEATS_SEVERAL, /* all unclaimed ones, oldest first, and a fresh one */
};

/* Strings are borrowed from the command line. */
struct options {
    const char *host;
    uint16_t port; /* 0: any free one */
    const char *organization;
    const char *token;
    const char *tls_certificate; /* files; both or neither */
    const char *tls_key;
    enum seats seats;
    unsigned create_status;
    bool create_body;
    bool flat;       /* one key's fields at the top level, not nested under the cloud's name */
    bool upper_case; /* cloud names of keys as "AWS", not "aws" */
    bool list;
    unsigned list_status; /* of the refusal, where listing is off */
    bool deleting;
    unsigned delete_status; /* of the refusal, where deleting is off */
    int latency_ms;
    bool exit_with_stdin;
};

enum options_result { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_WRONG };

/* Fills `options` in. OPTIONS_HELP: help was printed to standard output, exit with 0.
 * OPTIONS_WRONG: what is wrong was printed to standard error, exit with 2. */
enum options_result options_read(struct options *options, int count, char **arguments);

#endif
