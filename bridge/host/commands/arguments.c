/* SPDX-License-Identifier: Apache-2.0
 *
 * arguments.c - see arguments.h. The environment's text is split as a shell would: blanks, quotes,
 * backslashes.
 */
#include "arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool append(struct arguments *arguments, char *owned)
{
    char **items =
        owned ? reallocarray(arguments->items, (size_t)arguments->count + 2, sizeof(*items)) : NULL;
    if (!items) {
        free(owned);
        return false;
    }
    arguments->items = items;
    items[arguments->count++] = owned;
    items[arguments->count] = NULL;
    return true;
}

/* Takes one word off the text. NULL without memory, or with *problem set. */
static char *take_word(const char **text, const char **problem)
{
    char *word = malloc(strlen(*text) + 1), *to = word, quote = '\0';
    const char *at = *text;
    for (; word && *at && (quote || !strchr(" \t\n", *at)); at++) {
        if (*at == quote)
            quote = '\0';
        else if (!quote && (*at == '"' || *at == '\''))
            quote = *at;
        else if (*at == '\\' && quote != '\'' && at[1])
            *to++ = *++at;
        else
            *to++ = *at;
    }
    if (word)
        *to = '\0';
    if (quote) {
        *problem = "a quote is not closed";
        free(word);
        word = NULL;
    }
    *text = at;
    return word;
}

static bool append_variable(struct arguments *arguments, const char *variable, const char **problem)
{
    const char *text = getenv(variable);
    while (text && *(text += strspn(text, " \t\n"))) {
        char *word = take_word(&text, problem);
        if (!word || !append(arguments, word))
            return false;
    }
    return true;
}

bool arguments_make(struct arguments *arguments, const char *name, int argc, char **argv,
                    const char **problem)
{
    char *variable = NULL;
    *arguments = (struct arguments){0};
    *problem = NULL;
    if (asprintf(&variable, "TF_CLI_ARGS_%s", name) < 0)
        return false;
    for (char *at = variable; *at; at++)
        if (*at == ' ')
            *at = '_';
    bool ok = append(arguments, strdup(name)) && append_variable(arguments, "TF_CLI_ARGS", problem) &&
              append_variable(arguments, variable, problem);
    for (int i = 0; ok && i < argc; i++)
        ok = append(arguments, strdup(argv[i]));
    free(variable);
    return ok;
}

bool arguments_take(struct arguments *arguments, const char *word)
{
    bool found = false;
    for (int i = 1; i < arguments->count; i++) {
        if (strcmp(arguments->items[i], word) != 0)
            continue;
        free(arguments->items[i]);
        memmove(arguments->items + i, arguments->items + i + 1,
                (size_t)(arguments->count - i) * sizeof(*arguments->items));
        arguments->count--;
        i--;
        found = true;
    }
    return found;
}

void arguments_clear(struct arguments *arguments)
{
    for (int i = 0; i < arguments->count; i++)
        free(arguments->items[i]);
    free(arguments->items);
    *arguments = (struct arguments){0};
}
