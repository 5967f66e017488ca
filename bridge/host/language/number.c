/* SPDX-License-Identifier: Apache-2.0
 *
 * number.c - see number.h.
 */
#include "number.h"

#include "../../value.h"
#include "text.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t digits(const char *text, size_t length)
{
    size_t count = 0;
    while (count < length && text[count] >= '0' && text[count] <= '9')
        count++;
    return count;
}

size_t number_length(const char *text, size_t length)
{
    size_t at = digits(text, length);
    if (at == 0)
        return 0;
    if (at + 1 < length && text[at] == '.' && digits(text + at + 1, 1) == 1)
        at += 1 + digits(text + at + 1, length - at - 1);
    size_t exponent = at;
    if (exponent < length && (text[exponent] == 'e' || text[exponent] == 'E')) {
        exponent++;
        exponent += exponent < length && (text[exponent] == '+' || text[exponent] == '-');
        size_t power = digits(text + exponent, length - exponent);
        if (power > 0)
            at = exponent + power;
    }
    return at;
}

/* Of a NUL-terminated text that is a number for sure. */
static struct json_object *parse(const char *text)
{
    bool integer = strpbrk(text, ".eE") == NULL;
    errno = 0;
    if (integer && *text == '-') {
        long long value = strtoll(text, NULL, 10);
        if (errno == 0)
            return json_object_new_int64(value);
    } else if (integer) {
        unsigned long long value = strtoull(text, NULL, 10);
        if (errno == 0)
            return value <= INT64_MAX ? json_object_new_int64((int64_t)value) : json_object_new_uint64(value);
    }
    double value = strtod(text, NULL);
    return isfinite(value) ? json_object_new_double_s(value, text) : NULL;
}

/* Prints decimal text (as JSON has it) without an exponent and without zeros that say nothing. */
static char *plain_decimal(const char *decimal)
{
    struct text all = {0}, out = {0};
    bool negative = *decimal == '-';
    decimal += negative;
    size_t whole = strspn(decimal, "0123456789");
    long point = (long)whole;
    text_add(&all, decimal, whole);
    decimal += whole;
    if (*decimal == '.') {
        size_t fraction = strspn(++decimal, "0123456789");
        text_add(&all, decimal, fraction);
        decimal += fraction;
    }
    if (*decimal == 'e' || *decimal == 'E')
        point += strtol(decimal + 1, NULL, 10);
    text_add(&all, "", 0);
    size_t first = all.failed ? 0 : strspn(all.bytes, "0"), end = all.length;
    while (end > first && all.bytes[end - 1] == '0')
        end--;
    if (end == first) {
        text_add(&out, "0", 1);
    } else {
        text_add_string(&out, negative ? "-" : "");
        if (point <= (long)first)
            text_add(&out, "0", 1);
        for (long i = point < (long)first ? point : (long)first; i < (long)end || i < point; i++) {
            if (i == point)
                text_add(&out, ".", 1);
            if (i < (long)first && i < point)
                continue;
            text_add(&out, i >= (long)first && i < (long)end ? &all.bytes[i] : "0", 1);
        }
    }
    out.failed = out.failed || all.failed;
    text_clear(&all);
    return text_take(&out);
}

char *number_text(const struct json_object *number)
{
    /* Exponents that no double has are printed as they are: nobody wants a million zeros. */
    enum { EXPONENT_MAX = 400 };
    char buffer[32];
    bool negative = false;
    uint64_t magnitude = 0;
    const char *text = value_number_text(number);
    if (text == NULL && value_whole(number, &negative, &magnitude) == WHOLE_YES) {
        snprintf(buffer, sizeof buffer, "%s%llu", negative && magnitude > 0 ? "-" : "",
                 (unsigned long long)magnitude);
        return strdup(buffer);
    }
    if (text == NULL) {
        double value = json_object_get_double(number);
        for (int precision = 15; precision <= 17; precision++) {
            snprintf(buffer, sizeof buffer, "%.*g", precision, value);
            if (strtod(buffer, NULL) == value)
                break;
        }
        text = buffer;
    }
    const char *exponent = strpbrk(text, "eE");
    if (exponent != NULL && labs(strtol(exponent + 1, NULL, 10)) > EXPONENT_MAX)
        return strdup(text);
    return plain_decimal(text);
}

struct json_object *number_parse(const char *text, size_t length)
{
    size_t sign = length > 0 && *text == '-';
    if (number_length(text + sign, length - sign) != length - sign || length == sign)
        return NULL;
    char *copy = strndup(text, length);
    struct json_object *number = copy != NULL ? parse(copy) : NULL;
    free(copy);
    if (number != NULL && !numbers_normalize(&number)) {
        json_object_put(number);
        number = NULL;
    }
    return number;
}

/* A number whose text is not plain is replaced. */
static bool normalize_number(struct json_object **value)
{
    const char *text = value_number_text(*value);
    if (text == NULL)
        return true;
    char *plain = number_text(*value);
    struct json_object *number = plain != NULL && strcmp(plain, text) != 0 ? parse(plain) : NULL;
    bool ok = plain != NULL && (number != NULL || strcmp(plain, text) == 0);
    if (number != NULL) {
        json_object_put(*value);
        *value = number;
    }
    free(plain);
    return ok;
}

bool numbers_normalize(struct json_object **value)
{
    bool ok = true;
    if (json_object_is_type(*value, json_type_array)) {
        for (size_t i = 0; ok && i < json_object_array_length(*value); i++) {
            struct json_object *element = json_object_get(json_object_array_get_idx(*value, i)),
                               *old = element;
            ok = numbers_normalize(&element);
            if (element == old)
                json_object_put(element);
            else
                ok = json_object_array_put_idx(*value, i, element) == 0 && ok;
        }
    } else if (json_object_is_type(*value, json_type_object)) {
        json_object_object_foreach(*value, key, member)
        {
            struct json_object *changed = json_object_get(member);
            ok = ok && numbers_normalize(&changed);
            if (changed == member)
                json_object_put(changed);
            else /* the key is there, so nothing is allocated */
                ok = json_object_object_add(*value, key, changed) == 0 && ok;
        }
    } else if (json_object_is_type(*value, json_type_double)) {
        return normalize_number(value);
    }
    return ok;
}
