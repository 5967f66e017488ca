/* SPDX-License-Identifier: Apache-2.0
 *
 * pointer.h - from a path as the language writes it (tags["a"], parts[0].kind) to a JSON pointer.
 */
#ifndef HOST_POINTER_H
#define HOST_POINTER_H

/* New; NULL where the text is no such path, or without memory. */
char *path_pointer(const char *path);

#endif
