/* SPDX-License-Identifier: Apache-2.0
 *
 * commands.h - looking commands up; for main.c.
 */
#ifndef HOST_COMMANDS_H
#define HOST_COMMANDS_H

#include "command.h"

/* The command that the arguments begin with, and of how many words its name is; NULL where there is none. */
const struct command *command_find(int argc, char **argv, int *words);

/* Whether Terraform has a command of that name that is not here; `second`: the next word, or NULL. */
bool command_is_terraforms(const char *name, const char *second);

/* Lists the commands whose first word of two that is. */
void command_parts(const char *name, FILE *out);

/* The list of all. */
void commands_help(const struct invocation *invocation, FILE *out);

#endif
