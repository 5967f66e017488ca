/* SPDX-License-Identifier: Apache-2.0
 *
 * options.c - options as Go's flag package reads them, because that is what people's hands and scripts know.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

void address_list_clear(struct address_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        address_clear(&list->items[i]);
    free(list->items);
    *list = (struct address_list){0};
}

void variable_list_clear(struct variable_list *list)
{
    free(list->items);
    *list = (struct variable_list){0};
}

/* --- values --- */

static bool wrong(struct diagnostics *diags, const char *name, const char *text, const char *wanted)
{
    diagnostics_error(diags, NULL, "Invalid option value", "-%s takes %s, not \"%s\".", name, wanted, text);
    return false;
}

static bool read_bool(const char *name, const char *text, bool *target, struct diagnostics *diags)
{
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
    static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
        if (!strcmp(text, yes[i]) || !strcmp(text, no[i])) {
            *target = !strcmp(text, yes[i]);
            return true;
        }
    }
    return wrong(diags, name, text, "true or false");
}

static bool digit(char character)
{
    return character >= '0' && character <= '9';
}

static bool read_number(const char *name, const char *text, unsigned *target, struct diagnostics *diags)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (!digit(*text) || *end || errno || !number || number > 100000)
        return wrong(diags, name, text, "a number from 1 to 100000");
    *target = (unsigned)number;
    return true;
}

/* "10s", "1m30s", "1.5h", "500ms", "0". */
static bool read_seconds(const char *name, const char *text, double *target, struct diagnostics *diags)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}, {"s", 1}, {"m", 60}, {"h", 3600}};
    const char *at = text;
    double sum = 0;
    if (!strcmp(text, "0")) {
        *target = 0;
        return true;
    }
    while (*at) {
        char *end = NULL;
        size_t i = 0, count = sizeof(units) / sizeof(*units);
        double number = digit(*at) ? strtod(at, &end) : -1;
        if (!end || number < 0)
            return wrong(diags, name, text, "a duration such as 10s or 1m30s");
        while (i < count && strncmp(end, units[i].unit, strlen(units[i].unit)) != 0)
            i++;
        if (i == count)
            return wrong(diags, name, text, "a duration with its unit, such as 10s or 1m30s");
        sum += number * units[i].seconds;
        at = end + strlen(units[i].unit);
    }
    if (at == text || sum > 1e9)
        return wrong(diags, name, text, "a duration such as 10s or 1m30s");
    *target = sum;
    return true;
}

static bool read_address(const char *name, const char *text, struct address_list *list,
                         struct diagnostics *diags)
{
    char *problem = NULL;
    struct address *items = reallocarray(list->items, list->count + 1, sizeof(*items));
    if (!items) {
        diagnostics_no_memory(diags);
        return false;
    }
    list->items = items;
    if (!address_parse(text, &items[list->count], &problem)) {
        if (problem)
            diagnostics_error(diags, NULL, "Invalid address", "-%s=%s: %s", name, text, problem);
        else
            diagnostics_no_memory(diags);
        free(problem);
        return false;
    }
    list->count++;
    return true;
}

static bool read_variable(const char *name, const char *text, bool file, struct variable_list *list,
                          struct diagnostics *diags)
{
    if (!file && !strchr(text, '='))
        return wrong(diags, name, text, "NAME=VALUE");
    struct variable_argument *items = reallocarray(list->items, list->count + 1, sizeof(*items));
    if (!items) {
        diagnostics_no_memory(diags);
        return false;
    }
    list->items = items;
    items[list->count++] = (struct variable_argument){.file = file, .text = text};
    return true;
}

static bool read_value(const struct option *option, const char *text, struct diagnostics *diags)
{
    switch (option->kind) {
    case OPTION_BOOL:
        return read_bool(option->name, text, option->target, diags);
    case OPTION_TEXT:
        *(const char **)option->target = text;
        return true;
    case OPTION_NUMBER:
        return read_number(option->name, text, option->target, diags);
    case OPTION_SECONDS:
        return read_seconds(option->name, text, option->target, diags);
    case OPTION_ADDRESS:
        return read_address(option->name, text, option->target, diags);
    case OPTION_VARIABLE:
    case OPTION_VARFILE:
        return read_variable(option->name, text, option->kind == OPTION_VARFILE, option->target, diags);
    default:
        return false;
    }
}

/* --- names --- */

static const struct option *find(const struct option *options, const char *name, size_t length)
{
    for (; options->name; options++)
        if (strlen(options->name) == length && !strncmp(options->name, name, length))
            return options;
    return NULL;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* How many letters must change to make one word of another; for short words. */
static size_t distance(const char *a, size_t a_length, const char *b)
{
    enum { LONGEST = 32 };
    size_t row[LONGEST + 1], b_length = strlen(b);
    if (a_length > LONGEST || b_length > LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= b_length; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t above = row[j];
            row[j] = smallest(row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_length];
}

const char *option_of_all(const char *name)
{
    static const char *const names[] = {"chdir", "schemas"};
    size_t length = strcspn(name, "=");
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strlen(names[i]) == length && !strncmp(name, names[i], length))
            return names[i];
    return NULL;
}

static void unknown_option(const struct invocation *invocation, const struct option *options,
                           const char *name, size_t length, struct diagnostics *diags)
{
    const char *nearest = NULL, *global = option_of_all(name);
    size_t least = 3;
    if (global) {
        diagnostics_error(diags, NULL, "Global option behind the command",
                          "Global options come before the command: %s -%s=DIR %s", invocation->program,
                          global, invocation->command->name);
        return;
    }
    for (const struct option *option = options; option->name; option++) {
        size_t far = distance(name, length, option->name);
        if (option->kind != OPTION_REFUSED && far < least) {
            least = far;
            nearest = option->name;
        }
    }
    if (nearest)
        diagnostics_error(diags, NULL, "Unknown option", "There is no option -%.*s. Did you mean -%s?",
                          (int)length, name, nearest);
    else
        diagnostics_error(diags, NULL, "Unknown option",
                          "There is no option -%.*s. \"%s %s -help\" lists those that there are.",
                          (int)length, name, invocation->program, invocation->command->name);
}

/* Reads the option at argv[*at], and its value where that is the next argument. */
static bool read_option(const struct invocation *invocation, const struct option *options, int argc,
                        char **argv, int *at, struct diagnostics *diags)
{
    const char *name = argv[*at] + 1 + (argv[*at][1] == '-');
    size_t length = strcspn(name, "=");
    const char *value = name[length] ? name + length + 1 : NULL;
    const struct option *option = find(options, name, length);
    if (!option) {
        unknown_option(invocation, options, name, length, diags);
        return false;
    }
    if (option->kind == OPTION_REFUSED) {
        diagnostics_error(diags, NULL, "Unsupported option", "-%s: %s", option->name, option->help);
        return false;
    }
    if (!value && option->kind == OPTION_BOOL)
        value = "true";
    if (!value && *at + 1 < argc)
        value = argv[++*at];
    if (!value) {
        diagnostics_error(diags, NULL, "Missing option value", "-%s needs a value: -%s=%s", option->name,
                          option->name, option->value ? option->value : "VALUE");
        return false;
    }
    return read_value(option, value, diags);
}

/* --- help --- */

enum { HELP_COLUMN = 26 };

static void print_option(FILE *out, const struct option *option)
{
    int width =
        fprintf(out, "  -%s%s%s", option->name, option->value ? "=" : "", option->value ? option->value : "");
    if (width >= HELP_COLUMN)
        fprintf(out, "\n%*s", HELP_COLUMN, "");
    else
        fprintf(out, "%*s", HELP_COLUMN - width, "");
    fprintf(out, "%s\n", option->help);
}

static void print_help(const struct invocation *invocation, FILE *out, const struct option *options)
{
    const struct command *command = invocation->command;
    bool heading = false;
    fprintf(out, "Usage: %s [global options] %s%s%s\n\n  %s\n", invocation->program, command->name,
            *command->usage ? " " : "", command->usage, command->summary);
    if (command->help)
        fprintf(out, "\n%s", command->help);
    for (; options->name; options++) {
        if (!options->help || options->kind == OPTION_REFUSED)
            continue;
        fputs(heading ? "" : "\nOptions:\n\n", out);
        heading = true;
        print_option(out, options);
    }
}

/* --- the whole --- */

enum options_result options_read(const struct invocation *invocation, const struct option *options, int argc,
                                 char **argv, int *first, struct diagnostics *diags)
{
    int at = 1;
    bool ok = true;
    for (; at < argc && argv[at][0] == '-' && argv[at][1]; at++) {
        if (!strcmp(argv[at], "--")) {
            at++;
            break;
        }
        const char *name = argv[at] + 1 + (argv[at][1] == '-');
        if (!strcmp(name, "help") || !strcmp(name, "h")) {
            print_help(invocation, stdout, options);
            return OPTIONS_HELP;
        }
        ok = read_option(invocation, options, argc, argv, &at, diags) && ok;
    }
    *first = at;
    for (; at < argc; at++) {
        const char *name = argv[at] + 1 + (argv[at][1] == '-');
        if (argv[at][0] == '-' && argv[at][1] && find(options, name, strcspn(name, "="))) {
            diagnostics_error(diags, NULL, "Option behind an argument",
                              "Options come before arguments: put %s before \"%s\".", argv[at], argv[*first]);
            ok = false;
        }
    }
    return ok ? OPTIONS_GO_ON : OPTIONS_WRONG;
}

bool options_expect(struct invocation *invocation, const struct option *options, int argc, char **argv,
                    int least, int most, int *first, int *status)
{
    struct diagnostics diags = {0};
    enum options_result result = options_read(invocation, options, argc, argv, first, &diags);
    *status = EXIT_DONE;
    if (result == OPTIONS_HELP)
        return false;
    if (result == OPTIONS_GO_ON && argc - *first < least)
        diagnostics_error(&diags, NULL, "Too few arguments", "Usage: %s %s %s", invocation->program,
                          invocation->command->name, invocation->command->usage);
    else if (result == OPTIONS_GO_ON && argc - *first > most)
        diagnostics_error(&diags, NULL, "Too many command line arguments",
                          "Usage: %s %s %s. To work on another directory, put -chdir=DIR before the command.",
                          invocation->program, invocation->command->name, invocation->command->usage);
    *status = EXIT_FAILED;
    return !report(invocation, NULL, &diags);
}
