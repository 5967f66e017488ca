/* SPDX-License-Identifier: Apache-2.0
 *
 * value_number.c - numbers as Terraform means them: decimal, of any length. What a double can't
 * hold lives on in the text the number was read from.
 */
#include "value.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *value_number_text(const struct json_object *value)
{
    /* json-c's reader takes no const, and changes nothing. */
    union {
        const struct json_object *given;
        struct json_object *plain;
    } cast = {.given = value};
    return json_object_is_type(value, json_type_double) ? json_object_get_userdata(cast.plain) : NULL;
}

/* A decimal number without its spelling: its digits from the first that is not zero, which stands at ten to
 * the `magnitude`. */
struct decimal {
    bool negative;
    long magnitude;
    const char *next; /* digits and one '.' */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The next digit; zeros without end after the last one. */
static unsigned decimal_next(struct decimal *number)
{
    if (*number->next == '.')
        number->next++;
    return is_digit(*number->next) ? (unsigned)(*number->next++ - '0') : 0;
}

static bool decimal_ended(const struct decimal *number)
{
    return !is_digit(*number->next) && !(*number->next == '.' && is_digit(number->next[1]));
}

static struct decimal decimal_open(const char *text)
{
    struct decimal number = {.negative = *text == '-', .next = text + (*text == '-' || *text == '+')};
    number.magnitude = (long)strspn(number.next, "0123456789") - 1;
    const char *exponent = strpbrk(number.next, "eE");
    if (exponent != NULL) {
        /* Far beyond a double already; keeps the sum from overflowing. */
        long power = strtol(exponent + 1, NULL, 10);
        number.magnitude += power > 1000000 ? 1000000 : power < -1000000 ? -1000000 : power;
    }
    while (!decimal_ended(&number)) {
        struct decimal before = number;
        if (decimal_next(&number) != 0)
            return before;
        number.magnitude--;
    }
    return (struct decimal){.next = ""};
}

static bool decimal_equal(const char *a, const char *b)
{
    struct decimal x = decimal_open(a), y = decimal_open(b);
    if (x.negative != y.negative || x.magnitude != y.magnitude)
        return false;
    while (!decimal_ended(&x) || !decimal_ended(&y))
        if (decimal_next(&x) != decimal_next(&y))
            return false;
    return true;
}

static enum value_whole decimal_whole(const char *text, bool *negative, uint64_t *magnitude)
{
    struct decimal number = decimal_open(text);
    *negative = number.negative;
    *magnitude = 0;
    if (number.magnitude > 19)
        return WHOLE_OUTSIDE;
    if (number.magnitude < 0)
        return WHOLE_FRACTION;
    for (long i = 0; i <= number.magnitude; i++)
        if (__builtin_mul_overflow(*magnitude, 10u, magnitude) ||
            __builtin_add_overflow(*magnitude, decimal_next(&number), magnitude))
            return WHOLE_OUTSIDE;
    while (!decimal_ended(&number))
        if (decimal_next(&number) != 0)
            return WHOLE_FRACTION;
    return WHOLE_YES;
}

enum value_whole value_whole(const struct json_object *number, bool *negative, uint64_t *magnitude)
{
    if (json_object_is_type(number, json_type_int)) {
        int64_t value = json_object_get_int64(number);
        *negative = value < 0;
        *magnitude = value < 0 ? 0 - (uint64_t)value : json_object_get_uint64(number);
        return WHOLE_YES;
    }
    const char *text = value_number_text(number);
    if (text != NULL)
        return decimal_whole(text, negative, magnitude);
    double value = json_object_get_double(number);
    *negative = value < 0;
    *magnitude = 0;
    if (!isfinite(value) || fabs(value) >= 0x1p64)
        return WHOLE_OUTSIDE;
    *magnitude = (uint64_t)fabs(value);
    return (double)*magnitude == fabs(value) ? WHOLE_YES : WHOLE_FRACTION;
}

/* The exact decimal text, NULL where only a double is known. */
static const char *exact_text(const struct json_object *number, char *buffer, size_t size)
{
    bool negative = false;
    uint64_t magnitude = 0;
    if (!json_object_is_type(number, json_type_int))
        return value_number_text(number);
    value_whole(number, &negative, &magnitude);
    snprintf(buffer, size, "%s%" PRIu64, negative ? "-" : "", magnitude);
    return buffer;
}

bool value_number_equal(const struct json_object *a, const struct json_object *b)
{
    char a_buffer[24], b_buffer[24];
    const char *a_text = exact_text(a, a_buffer, sizeof a_buffer);
    const char *b_text = exact_text(b, b_buffer, sizeof b_buffer);
    if (a_text != NULL && b_text != NULL)
        return decimal_equal(a_text, b_text);
    if (json_object_is_type(a, json_type_double) && json_object_is_type(b, json_type_double))
        return json_object_get_double(a) == json_object_get_double(b);
    /* An integer and a bare double: a double has no digits beyond its own. */
    bool a_negative = false, b_negative = false;
    uint64_t a_magnitude = 0, b_magnitude = 0;
    return value_whole(a, &a_negative, &a_magnitude) == WHOLE_YES &&
           value_whole(b, &b_negative, &b_magnitude) == WHOLE_YES && a_magnitude == b_magnitude &&
           (a_negative == b_negative || a_magnitude == 0);
}
