/* SPDX-License-Identifier: Apache-2.0
 *
 * crash.h - last words of a process that a plugin takes with it, in the form in which Terraform shows them to
 * its user: lines of standard error that begin as a crash of Go does.
 */
#ifndef BRIDGE_TERRAFORM_CRASH_H
#define BRIDGE_TERRAFORM_CRASH_H

/* From now on, a crash and an exit() that is not ours say which callback they came from. */
void crash_watch(void);

/* From now on, the end of the process is ours. */
void crash_unwatch(void);

#endif
