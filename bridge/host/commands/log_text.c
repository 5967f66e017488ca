/* SPDX-License-Identifier: Apache-2.0
 *
 * log_text.c - see log_text.h. One write(2) a line, so that threads do not mix.
 */
#include "log_text.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../../log_level.h"

static void write_line(const struct provider_log *base, int level, const char *message, const char *fields)
{
    static const char *const names[] = {"", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"};
    const struct log_text *log = (const struct log_text *)base;
    struct timeval now;
    struct tm utc;
    char date[32] = "", *line = NULL;
    if (level > base->level || level < LOG_ERROR || level > LOG_TRACE)
        return;
    gettimeofday(&now, NULL);
    if (gmtime_r(&now.tv_sec, &utc))
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
    int length = asprintf(&line, "%s.%03dZ [%s] %s%s%s\n", date, (int)(now.tv_usec / 1000), names[level],
                          message, fields ? ": " : "", fields ? fields : "");
    if (length < 0)
        return;
    for (int i = 0; i < length - 1; i++) /* a line stays one, whatever a plugin hands in */
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = ' ';
    ssize_t written = write(log->fd, line, (size_t)length);
    (void)written; /* nobody is left to be told */
    free(line);
}

bool log_text_open(struct log_text *log)
{
    const char *path = getenv("TF_LOG_PATH");
    log->base.write = write_line;
    log->base.level = (int)log_level_wanted();
    log->fd = STDERR_FILENO;
    if (log->base.level == LOG_NONE || !path || !*path)
        return true;
    log->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    return log->fd >= 0;
}
