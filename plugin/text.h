/* SPDX-License-Identifier: Apache-2.0
 *
 * text.h - small helpers for strings: formatting, cloud names, and making text that came from
 * elsewhere fit to be shown. What a text means is left to others.
 */
#ifndef PLUGIN_TEXT_H
#define PLUGIN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A new formatted string, NULL without memory. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* NULL and "" are both nothing. Here, so that whoever reads a caller knows what is not NULL. */
static inline bool text_empty(const char *text)
{
    return !text || !*text;
}

/* Whether a blank or a control character stands anywhere in the text. */
bool text_has_blank(const char *text);

/* A copy without leading and trailing blanks, NULL without memory. */
char *text_trim(const char *text);

/* "aws", "gcp" or "azure" for that name in any letter case, else NULL. Static. */
const char *text_cloud(const char *name);

/* A copy of foreign text that is fit for a message or a log: `secret` (may be NULL) and whatever
 * looks like a token are masked, control characters and broken UTF-8 replaced, and no more than
 * `limit` bytes kept. NULL without memory. */
char *text_clean(const char *raw, size_t length, const char *secret, size_t limit);

#endif
