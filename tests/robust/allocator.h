/* SPDX-License-Identifier: Apache-2.0
 *
 * allocator.h - an allocator that refuses on demand, for the whole process: what libraries allocate (json-c,
 * libcurl, OpenSSL, libffi) is refused as well as what is our own. It also knows which blocks are alive.
 *
 * Linked into a program that exports its symbols, it stands before glibc's. Not to be built with sanitizers,
 * which bring allocators of their own.
 */
#ifndef ROBUST_ALLOCATOR_H
#define ROBUST_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

enum refusal { REFUSE_ONE, REFUSE_ALL_FROM_THERE };

/* From now on this thread's allocation number `n` (from 0) is refused, or that and all after it. */
void allocator_arm(size_t n, enum refusal refusal);

/* Likewise of all threads together. How many were made is counted from there on, refused ones among them. */
void allocator_arm_process(size_t n, enum refusal refusal);
size_t allocator_process_count(void);

/* Refuses nothing any more; returns how many were refused. */
size_t allocator_disarm(void);

/* Whether json-c met with one of them where it is known to lose a block then, which nobody above it can help.
 */
bool allocator_refused_json(void);

/* Blocks that are alive, of all threads. */
size_t allocator_live(void);

/* From now on blocks are noted with who asked for them; what is still alive at the next
 * allocator_print_noted() is printed. */
void allocator_note(void);
void allocator_print_noted(void);

#endif
