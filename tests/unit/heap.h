/* SPDX-License-Identifier: Apache-2.0
 *
 * heap.h - what a secret leaves behind in the heap, and on the stack.
 */
#ifndef TESTS_UNIT_HEAP_H
#define TESTS_UNIT_HEAP_H

#include <stdbool.h>
#include <stddef.h>

enum { SECRET_LENGTH = 120 };

/* Character `at` of a secret, "AstraCS:…", that stands nowhere in the program. */
char secret_character(size_t at);

/* Writes the secret and a NUL into SECRET_LENGTH + 1 bytes. Who calls it wipes them. */
void secret_write(char *text);

/* How often the secret, or all of it but its first 16 bytes, stands in the heap of the main thread, in freed
 * memory too. */
size_t secrets_in_heap(void);

/* Likewise on the main thread's stack, where calls that have returned left something too. */
size_t secrets_in_stack(void);

/* Whether the heap is a sanitizer's or valgrind's: it is elsewhere then, and must not be read. */
bool heap_is_elsewhere(void);

#endif
