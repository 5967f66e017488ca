/* SPDX-License-Identifier: Apache-2.0
 *
 * utf8.c - is it UTF-8, and how long is it.
 */
#include "utf8.h"

#include <stdint.h>

/* The length of the sequence that starts here, 0 when it is not valid. Table 3-7 of the Unicode standard. */
static size_t sequence_length(const unsigned char *text, size_t left)
{
    unsigned char lead = text[0];
    if (lead < 0x80)
        return 1;
    size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                    : (lead & 0xF0) == 0xE0        ? 3
                    : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                   : 0;
    if (length == 0 || length > left)
        return 0;
    unsigned char lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (text[1] < lowest || text[1] > highest)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

size_t utf8_valid_prefix(const char *text, size_t length)
{
    size_t valid = 0;
    while (valid < length) {
        size_t step = sequence_length((const unsigned char *)text + valid, length - valid);
        if (step == 0)
            break;
        valid += step;
    }
    return valid;
}

size_t utf8_characters(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}
