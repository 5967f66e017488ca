/* SPDX-License-Identifier: Apache-2.0
 *
 * commands.c - the table of commands, and help and version, which are about the program itself.
 */
#include <string.h>

#include "commands.h"
#include "output.h"
#include "ui.h"

const struct command *const commands[] = {
    &command_init,
    &command_validate,
    &command_plan,
    &command_apply,
    &command_destroy,
    &command_refresh,
    &command_import,
    &command_show,
    &command_output,
    &command_state_list,
    &command_state_show,
    &command_state_mv,
    &command_state_pull,
    &command_state_rm,
    &command_force_unlock,
    &command_providers,
    &command_providers_schema,
    &command_version,
    &command_help,
    NULL,
};

/* What Terraform has besides. */
static const char *const only_terraform[] = {"console", "env",      "fmt",       "get",  "graph",  "login",
                                             "logout",  "metadata", "modules",   "push", "stacks", "taint",
                                             "test",    "untaint",  "workspace", NULL};
static const char *const only_terraforms_state[] = {"identities", "push", "replace-provider", NULL};

const struct command *command_find(int argc, char **argv, int *words)
{
    const struct command *found = NULL;
    *words = 0;
    for (size_t i = 0; argc > 0 && commands[i]; i++) {
        const char *name = commands[i]->name, *blank = strchr(name, ' ');
        size_t first = blank ? (size_t)(blank - name) : strlen(name);
        if (strlen(argv[0]) != first || strncmp(argv[0], name, first) != 0)
            continue;
        if (blank ? argc > 1 && !strcmp(argv[1], blank + 1) : !*words) {
            found = commands[i];
            *words = blank ? 2 : 1;
        }
    }
    return found;
}

static bool is_one_of(const char *const *names, const char *name)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names;
}

bool command_is_terraforms(const char *name, const char *second)
{
    return strcmp(name, "state") ? is_one_of(only_terraform, name)
                                 : second && is_one_of(only_terraforms_state, second);
}

void command_parts(const char *name, FILE *out)
{
    const size_t length = strlen(name);
    const char *before = "";
    for (size_t i = 0; commands[i]; i++) {
        if (strncmp(commands[i]->name, name, length) || commands[i]->name[length] != ' ')
            continue;
        fprintf(out, "%s\"%s\"", before, commands[i]->name);
        before = ", ";
    }
}

void commands_help(const struct invocation *invocation, FILE *out)
{
    fprintf(out,
            "Usage: %s [global options] COMMAND [options] [arguments]\n"
            "\n"
            "Plans and applies the *.tf.json files of a directory, with one provider built in. Files and "
            "state are\n"
            "Terraform's: Terraform and OpenTofu run them too.\n"
            "\n"
            "Commands:\n",
            invocation->program);
    for (size_t i = 0; commands[i]; i++)
        if (!commands[i]->hidden)
            fprintf(out, "  %-18s%s\n", commands[i]->name, commands[i]->summary);
    fprintf(
        out,
        "\n"
        "Global options, before the command:\n"
        "  -chdir=DIR        work in that directory\n"
        "  -schemas=DIR      take the provider's schemas from there\n"
        "  -version          as the version command\n"
        "  -help             print this; behind a command: its options\n"
        "\n"
        "Environment: TF_VAR_NAME, TF_CLI_ARGS, TF_CLI_ARGS_COMMAND, TF_INPUT, TF_IN_AUTOMATION, TF_LOG,\n"
        "TF_LOG_PATH and NO_COLOR mean what they mean to Terraform.\n");
}

/* --- help --- */

static int run_help(struct invocation *invocation, int argc, char **argv)
{
    int words;
    if (argc < 2) {
        commands_help(invocation, stdout);
        return EXIT_DONE;
    }
    const struct command *command = command_find(argc - 1, argv + 1, &words);
    char option[] = "-help", *arguments[] = {argv[1], option, NULL};
    if (command) {
        invocation->command = command;
        return command->run(invocation, 2, arguments);
    }
    fprintf(stderr, "%s has no command \"%s\".\n", invocation->program, argv[1]);
    return EXIT_FAILED;
}

const struct command command_help = {
    .name = "help", .summary = "Print this, or what a command does", .usage = "[COMMAND]", .run = run_help};

/* --- version --- */

static void version_json(const char *provider)
{
    struct json_object *result = made(json_object_new_object()), *selections = made(json_object_new_object());
    if (provider)
        member_add(selections, provider, made(json_object_new_string(PROJECT_VERSION)));
    member_add(result, "terraform_version", made(json_object_new_string(FORMAT_OF_TERRAFORM)));
    member_add(result, "version", made(json_object_new_string(PROJECT_VERSION)));
    member_add(result, "provider_selections", selections);
    member_add(result, "terraform_outdated", made(json_object_new_boolean(false)));
    print_json_document(result, true);
    json_object_put(result);
}

static int run_version(struct invocation *invocation, int argc, char **argv)
{
    struct workspace workspace = {0};
    struct diagnostics diags = {0};
    bool json = false;
    int first, status;
    const struct option table[] = {{"json", OPTION_BOOL, &json, NULL, "print it as JSON"}, {0}};
    if (!options_expect(invocation, table, argc, argv, 0, 0, &first, &status))
        return status;
    workspace_schemas(invocation, &workspace,
                      &diags); /* a version has no errors: without schemas, no provider */
    const char *provider = workspace.schemas ? workspace.schemas->address : NULL;
    if (json) {
        version_json(provider);
    } else {
        printf("%s v%s\nfile formats of Terraform v%s\n", invocation->program, PROJECT_VERSION,
               FORMAT_OF_TERRAFORM);
        if (provider)
            printf("+ provider %s v%s (built in)\n", provider, PROJECT_VERSION);
    }
    diagnostics_clear(&diags);
    diags = (struct diagnostics){0};
    workspace_close(&workspace, &diags);
    return EXIT_DONE;
}

const struct command command_version = {
    .name = "version", .summary = "Print the version", .usage = "[options]", .run = run_version};
