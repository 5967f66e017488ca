/* SPDX-License-Identifier: Apache-2.0
 *
 * run.h - what plan, apply, destroy, refresh and import share: their options, and a run from the
 * configuration to the engine.
 */
#ifndef HOST_RUN_H
#define HOST_RUN_H

#include "command.h"
#include "ui.h"

struct run_options {
    struct engine_options engine;
    struct backend_options backend;
    struct address_list targets, replaces;
    struct variable_list variables;
    bool destroy, refresh_only, auto_approve, detailed_exitcode, no_color, json, input, compact;
    const char *out;
};

void run_options_init(struct run_options *options, const struct invocation *invocation);
void run_options_clear(struct run_options *options);

/* Puts what was read where it belongs: -json and the like to the invocation, lists to the engine's options.
 * False after an error. */
bool run_options_apply(struct run_options *options, struct invocation *invocation, struct diagnostics *diags);

/* The rows of the options that these commands have in common, for a table. */
#define RUN_OPTIONS(o)                                                                                       \
    {"input", OPTION_BOOL, &(o)->input, NULL, "ask for values of variables and for approval (true)"},        \
        {"json", OPTION_BOOL, &(o)->json, NULL, "print machine-readable lines"},                             \
        {"lock", OPTION_BOOL, &(o)->backend.lock, NULL, "lock the state (true)"},                            \
        {"lock-timeout", OPTION_SECONDS, &(o)->backend.lock_timeout, "DURATION",                             \
         "wait that long for the lock (0s)"},                                                                \
        {"no-color", OPTION_BOOL, &(o)->no_color, NULL, "print without colours and boxes"},                  \
        {"parallelism", OPTION_NUMBER, &(o)->engine.parallelism, "N", "do so much at once (10)"},            \
        {"state", OPTION_TEXT, &(o)->backend.state_path, "FILE",                                             \
         "the local state file (terraform.tfstate)"},                                                        \
        {"state-out", OPTION_TEXT, &(o)->backend.state_out, "FILE",                                          \
         "write the state there (the file of -state)"},                                                      \
        {"backup", OPTION_TEXT, &(o)->backend.backup, "FILE",                                                \
         "keep the earlier state there (FILE.backup; \"-\": nowhere)"},                                      \
        {"var", OPTION_VARIABLE, &(o)->variables, "NAME=VALUE",                                              \
         "give a variable its value; may be repeated"},                                                      \
        {"var-file", OPTION_VARFILE, &(o)->variables, "FILE", "take values from a file; may be repeated"},   \
    {                                                                                                        \
        "compact-warnings", OPTION_BOOL, &(o)->compact, NULL, NULL                                           \
    }

#define PLAN_OPTIONS(o)                                                                                      \
    {"destroy", OPTION_BOOL, &(o)->destroy, NULL, "plan to destroy all that is managed"},                    \
        {"refresh", OPTION_BOOL, &(o)->engine.refresh, NULL, "look first what is there (true)"},             \
        {"refresh-only", OPTION_BOOL, &(o)->refresh_only, NULL,                                              \
         "plan to bring the state up to date, and no more"},                                                 \
        {"replace", OPTION_ADDRESS, &(o)->replaces, "ADDRESS", "replace this instance; may be repeated"},    \
    {                                                                                                        \
        "target", OPTION_ADDRESS, &(o)->targets, "ADDRESS", "only this and what it needs; may be repeated"   \
    }

/* A run. */
struct run {
    struct workspace workspace;
    struct variables *variables;
    struct engine *engine;
    struct changes *changes;
    struct ui ui;
};

/* What a command does with a run once its options are read: `arguments` are what follows them, ended by NULL.
 * False after an error, or where it was not to be. */
typedef bool run_body(struct run *run, struct invocation *invocation, struct run_options *options,
                      char **arguments, struct diagnostics *diags);

/* The whole of such a command: reads the options and so many arguments, does the work, reports, and clears
 * the options. Returns the exit code; EXIT_CHANGES is for whoever asked with -detailed-exitcode. */
int run_command(struct invocation *invocation, struct run_options *options, const struct option *table,
                int argc, char **argv, int least, int most, run_body *body);

/* Opens and locks all that a run needs, up to the engine. False after an error. */
bool run_open(struct run *run, const struct invocation *invocation, const struct run_options *options,
              const char *operation, struct diagnostics *diags);

/* A new engine on the same state: each phase has a session of its own, as a fresh process has. */
bool run_engine(struct run *run, const struct invocation *invocation, const struct run_options *options,
                struct diagnostics *diags);

/* Reports what is left in diags, closes, and says whether there was an error anywhere. */
bool run_close(struct run *run, const struct invocation *invocation, struct diagnostics *diags);

/* --- ask.c --- */

bool ask_variable(void *context, const struct config_variable *variable, char **text);
bool ask_approval(const struct invocation *invocation, enum plan_mode mode);

#endif
