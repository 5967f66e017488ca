/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - bridge-check: says everything that is wrong with a schemas directory and the plugin behind it.
 * This file reads the command line and prints; the other files find.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: bridge-check SCHEMAS_DIR [--run [FILE]] [--timeout SECONDS]\n"
    "       bridge-check SCHEMAS_DIR --prototypes\n"
    "       bridge-check --types\n"
    "\n"
    "Reads the schemas, loads the plugin that they name, and prints everything that is wrong with them.\n"
    "\n"
    "  --run [FILE]       also create, read, plan, update, import and delete each resource of which FILE "
    "gives a\n"
    "                     sample, and say which contract a callback broke; default: sample.json beside "
    "SCHEMAS_DIR\n"
    "  --timeout SECONDS  how long one step of --run may take, 30 unless said\n"
    "  --prototypes       print a C header with the functions that the schemas call\n"
    "  --types            print the table of C types\n"
    "  --version          print the version\n"
    "  --help             print this\n"
    "\n"
    "Exit status: 0 nothing is wrong (warnings aside), 1 something is, 2 the command line is.\n";

enum { EXIT_USAGE = 2, DEFAULT_TIMEOUT = 30 };

struct options {
    const char *directory, *sample;
    bool run, prototypes, types;
    unsigned timeout;
};

bool check_print(FILE *out, const char *indent, struct diagnostics *diags)
{
    bool error = diags->has_error;
    for (size_t i = 0; i < diags->count; i++) {
        const struct diagnostic *item = &diags->items[i];
        fprintf(out, "%s%s: %s\n", indent, item->severity == SEVERITY_ERROR ? "error" : "warning",
                item->summary);
        if (item->detail[0] != '\0')
            fprintf(out, "%s  %s\n", indent, item->detail);
        if (item->attribute != NULL)
            fprintf(out, "%s  at %s\n", indent, item->attribute);
    }
    if (error && diags->count == 0)
        fprintf(out, "%serror: out of memory\n", indent);
    diagnostics_clear(diags);
    return error;
}

static int complain(const char *problem, const char *what)
{
    fprintf(stderr, "bridge-check: %s%s; see --help\n", problem, what);
    return EXIT_USAGE;
}

/* EXIT_SUCCESS, or what the program ends with. */
static int read_arguments(struct options *options, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *next = i + 1 < argc && argv[i + 1][0] != '-' ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--prototypes") == 0) {
            options->prototypes = true;
        } else if (strcmp(argv[i], "--types") == 0) {
            options->types = true;
        } else if (strcmp(argv[i], "--run") == 0) {
            options->run = true;
            options->sample = next;
            i += next != NULL;
        } else if (strcmp(argv[i], "--timeout") == 0) {
            char *end = NULL;
            unsigned long seconds = next != NULL ? strtoul(next, &end, 10) : 0;
            if (seconds == 0 || seconds > 86400 || *end != '\0')
                return complain("--timeout takes a number of seconds", "");
            options->timeout = (unsigned)seconds;
            i++;
        } else if (argv[i][0] == '-') {
            return complain("unknown option ", argv[i]);
        } else if (options->directory == NULL) {
            options->directory = argv[i];
        } else {
            return complain("one directory of schemas, please; what is ", argv[i]);
        }
    }
    if (options->types)
        return EXIT_SUCCESS;
    if (options->directory == NULL)
        return complain("which directory of schemas", "?");
    if (options->prototypes && options->run)
        return complain("--prototypes prints a header and runs nothing", "");
    return EXIT_SUCCESS;
}

static int print_prototypes(const struct options *options)
{
    struct diagnostics diags = {0};
    struct schema_set *set = schema_set_load(options->directory, &diags);
    bool ok = set != NULL && check_prototypes(set, stdout);
    schema_set_destroy(set);
    return check_print(stderr, "", &diags) || !ok ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Drives the plugin with the sample that was named, or the one beside the schemas. */
static bool run(const struct options *options)
{
    char *beside = NULL;
    if (options->sample == NULL && asprintf(&beside, "%s/../sample.json", options->directory) < 0)
        return false;
    bool ok =
        check_run(options->directory, options->sample != NULL ? options->sample : beside, options->timeout);
    free(beside);
    return ok;
}

static int work(void *argument)
{
    const struct options *options = argument;
    struct diagnostics diags = {0};
    check_inspect(options->directory, &diags);
    bool ok = !check_print(stdout, "", &diags);
    if (ok && options->run)
        ok = run(options);
    if (ok)
        printf("%s: nothing is wrong\n", options->directory);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct options options = {.timeout = DEFAULT_TIMEOUT};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return fputs(usage, stdout) < 0;
        if (strcmp(argv[i], "--version") == 0)
            return puts(PROJECT_VERSION) < 0;
    }
    int status = read_arguments(&options, argc, argv);
    if (status != EXIT_SUCCESS)
        return status;
    if (options.types) {
        check_types(stdout);
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (options.prototypes)
        return print_prototypes(&options);
    return check_guarded(work, &options);
}
