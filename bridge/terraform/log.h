/* SPDX-License-Identifier: Apache-2.0
 *
 * log.h - log lines as Terraform reads them: one JSON object a line on standard error.
 */
#ifndef BRIDGE_TERRAFORM_LOG_H
#define BRIDGE_TERRAFORM_LOG_H

#include "../log_level.h"
#include "../provider.h"

/* A log that writes to a descriptor. `base` comes first: its address is the provider_log. */
struct log {
    struct provider_log base;
    int fd;
    const char *module; /* "@module" of every line; borrowed */
};

/* Writes nothing above `level`. Any thread may write; a line is one write(2). */
void log_init(struct log *log, enum log_level level, int fd, const char *module);

/* One line, newly allocated, ending in a newline; NULL without memory. `fields` is JSON text of an object or
 * NULL; text that is none goes in as a string, and members that start with "@" are left out. */
char *log_line(const struct log *log, enum log_level level, const char *message, const char *fields);

#endif
