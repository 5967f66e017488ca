/* SPDX-License-Identifier: Apache-2.0
 *
 * process.h - what fork() needs: a forked child has the locks of its parent, but not the threads that held
 * them. What belongs to a process remembers which, and starts over in a child. And what a program that
 * handles secrets, and must not end in the middle of things, does first.
 */
#ifndef BRIDGE_PROCESS_H
#define BRIDGE_PROCESS_H

#include <stdatomic.h>
#include <sys/types.h>

/* The process that something belongs to; start it with process_own(). */
struct process_owner {
    _Atomic pid_t pid;
};

void process_own(struct process_owner *owner);

/* To be called before any lock is taken. In a child that was forked since: calls start_over(context), which
 * makes locks anew and forgets what other threads were in the middle of, once; other threads of the child
 * wait for its end. */
void process_enter(struct process_owner *owner, void (*start_over)(void *context), void *context);

/* Between these two no thread of this process forks; keep it short. For code beneath which a lock lies that
 * nobody can make anew in a child: json-c's parser changes its thread's locale, and glibc's lock for that
 * stays taken for ever in a child that was forked just then. */
void process_hold_fork(void);
void process_let_fork(void);

/* What this process holds is secret: from now on it leaves neither core files nor itself to other programs,
 * nor the keys of its connections, whatever SSLKEYLOGFILE says. Before there are threads. */
void process_protect(void);

/* Standard input, output and error that whoever started this program has closed stay closed to it, and their
 * numbers are taken: else the next file that it opens, the state say, would be written to as if it were one.
 * Before anything is opened. */
void process_keep_standard_files(void);

/* A reader that is gone, or a file that would grow beyond a limit, is an error that is told of, not the end
 * of the program. */
void process_outlive_writes(void);

#endif
