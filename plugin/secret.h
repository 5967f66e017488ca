/* SPDX-License-Identifier: Apache-2.0
 *
 * secret.h - finds a token in text that came from elsewhere, also where it is spelled in another way. What
 * is put in its place is text.c's.
 */
#ifndef PLUGIN_SECRET_H
#define PLUGIN_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes at the start of `raw` that spell `secret` (may be NULL), or whatever looks like a token
 * ("AstraCS:…"); 0 where there is none. In any letter case, and with characters as they are escaped in JSON,
 * addresses and HTML; `secret` itself in Base64 too, as it stands in the middle of other text. */
size_t secret_length(const char *raw, size_t length, const char *secret);

/* Whether one begins anywhere in the text. */
bool secret_within(const char *text, const char *secret);

#endif
