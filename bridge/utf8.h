/* SPDX-License-Identifier: Apache-2.0
 *
 * utf8.h - is it UTF-8, and how long is it. JSON, protobuf and Terraform all insist on UTF-8,
 * and a plugin's strings need not be.
 */
#ifndef BRIDGE_UTF8_H
#define BRIDGE_UTF8_H

#include <stddef.h>

/* How many bytes of the text are valid UTF-8 (no surrogates, nothing overlong); `length` when all are. */
size_t utf8_valid_prefix(const char *text, size_t length);

/* The number of characters (code points) in valid UTF-8. */
size_t utf8_characters(const char *text, size_t length);

#endif
