/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - the host program: finds its schemas, reads the command line and runs the command.
 */
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../process.h"
#include "arguments.h"
#include "commands.h"
#include "interrupt.h"
#include "log_text.h"
#include "output.h"

struct program {
    char path[PATH_MAX]; /* of the executable */
    char schemas[PATH_MAX + NAME_MAX];
    const char *chdir, *schemas_option;
    struct log_text log;
    struct invocation invocation;
};

static bool complain(const char *what, const char *why)
{
    fprintf(stderr, "Error: %s: %s\n", what, why);
    return false;
}

/* --- where things are --- */

static bool find_program(struct program *program)
{
    ssize_t length = readlink("/proc/self/exe", program->path, sizeof(program->path) - 1);
    if (length < 0)
        return complain("cannot read /proc/self/exe, which tells where the program lies",
                        "is /proc mounted?");
    program->path[length] = '\0';
    char *slash = strrchr(program->path, '/');
    program->invocation.program = slash ? slash + 1 : program->path;
    program->invocation.style.program = program->invocation.program;
    return true;
}

/* "schemas" beside the program, or "../share/NAME/schemas", as installations have it. */
static bool find_schemas(struct program *program)
{
    const char *name = program->invocation.program;
    const int directory = (int)(name - program->path);
    program->invocation.schemas_directory = program->schemas;
    if (program->schemas_option) {
        if (realpath(program->schemas_option, program->schemas))
            return true;
        return complain(program->schemas_option, strerror(errno));
    }
    snprintf(program->schemas, sizeof(program->schemas), "%.*sschemas", directory, program->path);
    if (!access(program->schemas, F_OK))
        return true;
    snprintf(program->schemas, sizeof(program->schemas), "%.*s../share/%s/schemas", directory, program->path,
             name);
    if (!access(program->schemas, F_OK))
        return true;
    fprintf(stderr,
            "Error: the provider's schemas are neither beside the program (%.*sschemas) nor in %s. Say where "
            "they "
            "are: -schemas=DIR before the command.\n",
            directory, program->path, program->schemas);
    return false;
}

/* --- how to print --- */

static bool set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

static void choose_style(struct style *style)
{
    struct winsize size;
    const char *terminal = getenv("TERM");
    bool colour = !set("NO_COLOR") && !(terminal && !strcmp(terminal, "dumb"));
    style->colour = colour && isatty(STDOUT_FILENO);
    style->error_colour = colour && isatty(STDERR_FILENO);
    style->columns = 78;
    if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col > 20)
        style->columns = size.ws_col;
}

static bool input_wanted(void)
{
    const char *value = getenv("TF_INPUT");
    return !value || (strcmp(value, "0") != 0 && strcasecmp(value, "false") != 0);
}

/* --- the command line --- */

/* The value of an option NAME=VALUE with one dash or two; NULL where it is another, or nothing. */
static const char *global_value(const char *argument, const char *name)
{
    const char *at = argument + 1 + (argument[1] == '-');
    size_t length = strlen(name);
    return !strncmp(at, name, length) && at[length] == '=' && at[length + 1] ? at + length + 1 : NULL;
}

/* Reads the options before the command. *at becomes the command's index. False after an error. */
static bool read_globals(struct program *program, int argc, char **argv, int *at, const char **instead)
{
    *instead = NULL;
    for (*at = 1; *at < argc && argv[*at][0] == '-'; ++*at) {
        const char *argument = argv[*at], *value;
        const char *name = argument + 1 + (argument[1] == '-');
        if ((value = global_value(argument, "chdir"))) {
            program->chdir = value;
        } else if ((value = global_value(argument, "schemas"))) {
            program->schemas_option = value;
        } else if (!strcmp(name, "help") || !strcmp(name, "h")) {
            *instead = "help";
        } else if (!strcmp(name, "version") || !strcmp(name, "v")) {
            *instead = "version";
        } else if ((value = option_of_all(name))) {
            fprintf(stderr, "Error: %s needs a directory, behind an equals sign: -%s=DIR\n", argument, value);
            return false;
        } else {
            fprintf(stderr, "Error: there is no global option %s. \"%s -help\" lists those that there are.\n",
                    argument, program->invocation.program);
            return false;
        }
    }
    return true;
}

static int unknown_command(const struct invocation *invocation, int argc, char **argv)
{
    const char *name = argc ? argv[0] : "", *second = argc > 1 && argv[1][0] != '-' ? argv[1] : NULL;
    if (!argc) {
        commands_help(invocation, stderr);
    } else if (command_is_terraforms(name, second)) {
        bool two = second && (!strcmp(name, "state") || !strcmp(name, "workspace"));
        fprintf(stderr,
                "Error: the command \"%s%s%s\" is not supported here. Terraform and OpenTofu have it, and "
                "run these "
                "files with this state.\n",
                name, two ? " " : "", two ? second : "");
    } else if (!strcmp(name, "state")) {
        fprintf(stderr, "Error: %s%s%s is no command. Those there are: ", name, second ? " " : "",
                second ? second : "");
        command_parts(name, stderr);
        fputs(".\n", stderr);
    } else {
        fprintf(stderr, "Error: %s has no command \"%s\". \"%s -help\" lists those that there are.\n",
                invocation->program, name, invocation->program);
    }
    return EXIT_FAILED;
}

/* The workspace that was chosen: TF_WORKSPACE, else what `terraform workspace select` left in the directory.
 */
static const char *workspace_name(char *text, size_t size)
{
    const char *name = getenv("TF_WORKSPACE"), *data = getenv("TF_DATA_DIR");
    char path[PATH_MAX];
    if (name && *name)
        return name;
    int length = snprintf(path, sizeof(path), "%s/environment", data && *data ? data : ".terraform");
    FILE *file = length < (int)sizeof(path) ? fopen(path, "re") : NULL;
    if (!file)
        return "default";
    size_t count = fread(text, 1, size - 1, file);
    fclose(file);
    text[count] = '\0';
    text[strcspn(text, " \t\r\n")] = '\0';
    return *text ? text : "default";
}

/* Workspaces keep several states; using the one state in place of another would be worse than stopping. */
static bool workspace_is_default(void)
{
    char text[NAME_MAX + 1];
    const char *name = workspace_name(text, sizeof(text));
    if (!strcmp(name, "default"))
        return true;
    fprintf(
        stderr,
        "Error: the workspace \"%s\" is selected here, by TF_WORKSPACE or \"terraform workspace select\", "
        "and workspaces are not supported by this program. Terraform runs these files with them; "
        "\"terraform workspace select default\" goes back to the one state.\n",
        name);
    return false;
}

static int run_command(struct program *program, int argc, char **argv)
{
    struct invocation *invocation = &program->invocation;
    struct arguments arguments;
    const char *problem;
    int words;
    invocation->command = command_find(argc, argv, &words);
    if (!invocation->command)
        return unknown_command(invocation, argc, argv);
    bool about_itself = invocation->command == &command_help;
    if (!about_itself && !find_schemas(program))
        return EXIT_FAILED;
    if (program->chdir && chdir(program->chdir)) {
        complain(program->chdir, strerror(errno));
        return EXIT_FAILED;
    }
    if (!about_itself && invocation->command != &command_version && !workspace_is_default())
        return EXIT_FAILED;
    int status = EXIT_FAILED;
    if (arguments_make(&arguments, invocation->command->name, argc - words, argv + words, &problem)) {
        if (arguments_take(&arguments, "-no-color")) /* as Terraform does, for each command and anywhere */
            style_plain(&invocation->style);
        status = invocation->command->run(invocation, arguments.count, arguments.items);
    } else {
        complain("TF_CLI_ARGS", problem ? problem : "out of memory");
    }
    arguments_clear(&arguments);
    return status;
}

/* What could not be written was not done as asked. Why an earlier write failed, another one tells: what was
 * printed is cut off anyway. */
static int flush(int status)
{
    if (output_is_lost()) {
        fprintf(stderr, "Error: out of memory: some of what was to be printed is missing.%s\n",
                status == EXIT_FAILED ? "" : " All else was done as asked.");
        status = EXIT_FAILED;
    }
    if (!fflush(stdout) && !ferror(stdout))
        return status;
    fprintf(stderr, "Error: cannot write to standard output: %s%s\n",
            write(STDOUT_FILENO, "\n", 1) < 0 ? strerror(errno) : "some of it was lost",
            status == EXIT_FAILED ? ""
                                  : ". All else was done as asked; only what was to be printed is missing.");
    return EXIT_FAILED;
}

/* Workers make trees that the main thread frees: with an arena each, and with large texts among them, much
 * would stay held that nobody uses. */
static void hold_little(void)
{
    enum { OWN_PAGES_FROM = 256 * 1024 };
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, OWN_PAGES_FROM);
}

int main(int argc, char **argv)
{
    static struct program program; /* large, and read by threads that may outlive main */
    const char *instead;
    int at;
    process_keep_standard_files();
    hold_little();
    process_protect();
    process_outlive_writes();
    if (!find_program(&program) || !read_globals(&program, argc, argv, &at, &instead))
        return EXIT_FAILED;
    choose_style(&program.invocation.style);
    program.invocation.input = input_wanted();
    if (!log_text_open(&program.log)) {
        complain("TF_LOG_PATH", strerror(errno));
        return EXIT_FAILED;
    }
    program.invocation.log = &program.log.base;
    if (instead) {
        char *command[] = {(char[]){"version"}, NULL};
        if (!strcmp(instead, "help")) {
            /* "-help plan" is "plan -help" */
            commands_help(&program.invocation, stdout);
            return flush(EXIT_DONE);
        }
        return flush(run_command(&program, 1, command));
    }
    program.invocation.stop_fd = interrupt_watch(program.invocation.program);
    return flush(run_command(&program, argc - at, argv + at));
}
