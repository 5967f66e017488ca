/* SPDX-License-Identifier: Apache-2.0
 *
 * config_version.c - versions and constraints on them: "1.11.4", ">= 1.5, < 2.0.0", "~> 1.11",
 * "!= 1.6.1-beta". https://developer.hashicorp.com/terraform/language/expressions/version-constraints
 */
#include "config_reader.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 3 };

struct version {
    unsigned long parts[PARTS_MAX];
    size_t count; /* how many were written */
    const char *pre;
    size_t pre_length;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads a version and moves *at behind it. */
static bool read_version(const char **at, struct version *version)
{
    *version = (struct version){.pre = ""};
    *at += **at == 'v';
    do {
        if (version->count == PARTS_MAX || !is_digit(**at))
            return false;
        char *end = NULL;
        version->parts[version->count++] = strtoul(*at, &end, 10);
        *at = end;
    } while (**at == '.' && (*at)++);
    if (**at == '-') {
        version->pre = ++*at;
        version->pre_length = strspn(version->pre, "0123456789abcdefghijklmnopqrstuvwxyz"
                                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-");
        *at += version->pre_length;
        return version->pre_length > 0;
    }
    return true;
}

static int compare_pre(const struct version *a, const struct version *b)
{
    if (a->pre_length == 0 || b->pre_length == 0)
        return (a->pre_length == 0) - (b->pre_length == 0);
    size_t length = a->pre_length < b->pre_length ? a->pre_length : b->pre_length;
    int order = strncmp(a->pre, b->pre, length);
    return order != 0 ? order : (a->pre_length > b->pre_length) - (a->pre_length < b->pre_length);
}

static int compare(const struct version *a, const struct version *b)
{
    for (size_t i = 0; i < PARTS_MAX; i++)
        if (a->parts[i] != b->parts[i])
            return a->parts[i] < b->parts[i] ? -1 : 1;
    return compare_pre(a, b);
}

/* "~> 1.2.3" is at least that, with the same parts but the last one written. */
static bool fits_nearly(const struct version *version, const struct version *least)
{
    for (size_t i = 0; i + 1 < least->count; i++)
        if (version->parts[i] != least->parts[i])
            return false;
    return compare(version, least) >= 0;
}

static bool fits(const char *operator, const struct version * version, const struct version *bound)
{
    int order = compare(version, bound);
    if (strcmp(operator, "~>") == 0)
        return fits_nearly(version, bound);
    if (strcmp(operator, ">=") == 0)
        return order >= 0;
    if (strcmp(operator, "<=") == 0)
        return order <= 0;
    if (strcmp(operator, "!=") == 0)
        return order != 0;
    return *operator== '>' ? order > 0 : * operator== '<' ? order < 0 : order == 0;
}

static void skip_blanks(const char **at)
{
    *at += strspn(*at, " \t\r\n");
}

bool version_fits(const char *constraint, const char *text, bool *valid)
{
    static const char *const operators[] = {"~>", ">=", "<=", "!=", ">", "<", "="};
    struct version version = {0}, bound = {0};
    const char *at = constraint;
    bool fit = true;
    *valid = read_version(&text, &version);
    do {
        const char *operator= "=";
        skip_blanks(&at);
        for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
            if (strncmp(at, operators[i], strlen(operators[i])) == 0) {
                operator= operators[i];
                at += strlen(operator);
                break;
            }
        skip_blanks(&at);
        *valid = *valid && read_version(&at, &bound);
        fit = fit && *valid && fits(operator, & version, &bound);
        skip_blanks(&at);
    } while (*valid && *at == ',' && *at++ != '\0');
    *valid = *valid && *at == '\0';
    return fit && *valid;
}
