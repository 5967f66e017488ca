/* SPDX-License-Identifier: Apache-2.0
 *
 * arguments.h - the command line with what the environment adds to it (TF_CLI_ARGS, TF_CLI_ARGS_COMMAND).
 */
#ifndef HOST_ARGUMENTS_H
#define HOST_ARGUMENTS_H

#include <stdbool.h>

struct arguments {
    int count;
    char **items; /* ended by NULL; all owned */
};

/* The arguments of a command: its name, those of TF_CLI_ARGS, those of TF_CLI_ARGS_NAME (blanks of the name
 * as underscores), then those given. False without memory, or where *problem says what is wrong. */
bool arguments_make(struct arguments *arguments, const char *name, int argc, char **argv,
                    const char **problem);

/* Takes a word away wherever it stands behind the name. Whether it was there. */
bool arguments_take(struct arguments *arguments, const char *word);

void arguments_clear(struct arguments *arguments);

#endif
