/* SPDX-License-Identifier: Apache-2.0
 *
 * preload.c - refuses memory to a program that knows nothing of it: to be loaded before its libraries
 * (LD_PRELOAD). REFUSE_AT is the number of the allocation from main() on that is refused, REFUSE_ALL_AFTER,
 * where it is set, says that all after it are, too; how many there were is written into the file
 * REFUSE_REPORT when the program ends.
 */
#include "allocator.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void report(void)
{
    char text[32];
    const char *path = getenv("REFUSE_REPORT");
    int descriptor = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int length = snprintf(text, sizeof text, "%zu\n", allocator_process_count());
    if (descriptor >= 0 && write(descriptor, text, (size_t)length) != length)
        abort();
}

__attribute__((constructor)) static void arm(void)
{
    const char *at = getenv("REFUSE_AT");
    if (at == NULL || atexit(report) != 0)
        return;
    allocator_arm_process(strtoul(at, NULL, 10),
                          getenv("REFUSE_ALL_AFTER") != NULL ? REFUSE_ALL_FROM_THERE : REFUSE_ONE);
}
