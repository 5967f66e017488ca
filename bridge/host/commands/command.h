/* SPDX-License-Identifier: Apache-2.0
 *
 * command.h - what the commands share: how the program was called, the table of commands, their options, and
 * what a command works on (schemas, configuration, state). A command is a function and a row of the table; it
 * reads its options, does its work through the engine, and prints through render.h or ui.h.
 */
#ifndef HOST_COMMAND_H
#define HOST_COMMAND_H

#include <stdio.h>

#include "../../provider.h"
#include "../engine/engine.h"
#include "../language/config.h"
#include "../language/variable.h"
#include "../state/backend.h"
#include "../state/state.h"
#include "render.h"

/* The Terraform whose file formats and texts are followed. */
#define FORMAT_OF_TERRAFORM "1.11.4"

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_CHANGES = 2 /* with -detailed-exitcode */ };

/* How the program was called. Lives as long as the program. */
struct invocation {
    const char *program;           /* the name it is installed under; messages call it so */
    const char *schemas_directory; /* -schemas, or where an installation has them */
    struct style style;            /* of standard output; style.program is `program` */
    bool json;                     /* -json: machine-readable lines in place of text */
    bool input;                    /* whether the user may be asked (-input, TF_INPUT) */
    bool compact_warnings;
    int stop_fd; /* becomes readable at the first interrupt, see interrupt.h; or -1 */
    const struct provider_log *log;
    const struct command *command; /* the one that runs */
};

struct command {
    const char *name;    /* as typed: "plan", "state list" */
    const char *summary; /* one line for the list of commands */
    const char *usage;   /* what follows the name: "[options] ADDRESS ID" */
    const char *help;    /* what else -help says: a few lines before the options, or NULL */
    int (*run)(struct invocation *invocation, int argc, char **argv); /* argv[0] is the name; an exit code */
    bool hidden;                                                      /* not in the list of commands */
};

extern const struct command command_apply, command_destroy, command_force_unlock, command_help,
    command_import, command_init, command_output, command_plan, command_providers, command_providers_schema,
    command_refresh, command_show, command_state_list, command_state_mv, command_state_pull, command_state_rm,
    command_state_show, command_validate, command_version;

/* All of them, ended by NULL, in the order of the list that help prints. */
extern const struct command *const commands[];

/* --- options --- */

enum option_kind {
    OPTION_BOOL,     /* bool: -name, -name=true, -name=false */
    OPTION_TEXT,     /* const char *: -name=text, -name text */
    OPTION_NUMBER,   /* unsigned, at least 1 */
    OPTION_SECONDS,  /* double; written as Go does: 10s, 1m30s, 500ms */
    OPTION_ADDRESS,  /* struct address_list: may be repeated */
    OPTION_VARIABLE, /* struct variable_list: -var NAME=VALUE */
    OPTION_VARFILE,  /* struct variable_list: -var-file=FILE */
    OPTION_REFUSED,  /* what Terraform has and this program has not; `help` says why */
};

struct option {
    const char *name; /* without dashes; NULL ends a table */
    enum option_kind kind;
    void *target;
    const char *value; /* how help names the value: "FILE"; NULL for a bool */
    const char *help;  /* one line; NULL hides it */
};

struct address_list {
    size_t count;
    struct address *items;
};

struct variable_list {
    size_t count;
    struct variable_argument *items;
};

void address_list_clear(struct address_list *list);
void variable_list_clear(struct variable_list *list);

enum options_result { OPTIONS_GO_ON, OPTIONS_HELP /* was printed: leave with EXIT_DONE */, OPTIONS_WRONG };

/* Reads the options at the beginning of argv[1…] as Go's flag package does ("-name" and "--name" are the
 * same, "--" ends them). *first receives the index of the first argument after them. Options behind that are
 * errors that say so. -help prints the command's help. Errors go to diags. */
enum options_result options_read(const struct invocation *invocation, const struct option *options, int argc,
                                 char **argv, int *first, struct diagnostics *diags);

/* Reads options that come before an exact number of arguments; prints errors. True to go on; else *status is
 * what to leave with. */
bool options_expect(struct invocation *invocation, const struct option *options, int argc, char **argv,
                    int least, int most, int *first, int *status);

/* Which option with a directory that comes before every command this is, NAME or NAME=VALUE; NULL where it is
 * another. */
const char *option_of_all(const char *name);

/* --- messages --- */

/* Prints diagnostics where they belong (errors to standard error, warnings to standard output; with -json all
 * as lines to standard output) and empties the list. `config` may be NULL; where a file's text is not there,
 * it is read. Returns whether there was an error. */
bool report(const struct invocation *invocation, const struct config *config, struct diagnostics *diags);

/* Asks for a line. False where the user may not be asked or the input ended. `secret` hides what is typed.
 * *line is newly allocated. */
bool ask_line(const struct invocation *invocation, const char *prompt, bool secret, char **line);

/* --- what a command works on --- */

/* Start it zeroed, end with workspace_close(). */
struct workspace {
    struct schema_set *schemas;
    struct config *config;
    struct backend *backend;
    bool locked;
    struct state *state;
};

/* Each opens what is not open yet; false after an error. */
bool workspace_schemas(const struct invocation *invocation, struct workspace *workspace,
                       struct diagnostics *diags);
bool workspace_config(const struct invocation *invocation, struct workspace *workspace,
                      struct diagnostics *diags);
bool workspace_backend(const struct invocation *invocation, struct workspace *workspace,
                       const struct backend_options *options, struct diagnostics *diags);

/* Opens all, locks (where options->lock is set and `operation`, "OperationTypePlan" say, is not NULL) and
 * reads the state. */
bool workspace_state(const struct invocation *invocation, struct workspace *workspace,
                     const struct backend_options *options, const char *operation, struct diagnostics *diags);

/* Unlocks and closes; problems of unlocking go to diags. */
void workspace_close(struct workspace *workspace, struct diagnostics *diags);

/* What -lock, -lock-timeout, -state and the like start from. */
struct backend_options backend_options_default(void);

#endif
