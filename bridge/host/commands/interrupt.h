/* SPDX-License-Identifier: Apache-2.0
 *
 * interrupt.h - what Ctrl-C does: the first ends what runs in an orderly way, the second ends the program.
 */
#ifndef HOST_INTERRUPT_H
#define HOST_INTERRUPT_H

/* Blocks SIGINT and SIGTERM for all threads, and starts one that waits for them. Returns a descriptor that
 * becomes readable at the first, and stays so; -1 after an error, when signals end the program as usual.
 * `program` is for the message. */
int interrupt_watch(const char *program);

/* Calls action(context) on the thread of signals at the first interrupt from now on (or now, where there was
 * one); NULL takes it back, and waits for one under way. */
void interrupt_call(void (*action)(void *context), void *context);

#endif
