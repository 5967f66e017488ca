/* SPDX-License-Identifier: Apache-2.0
 *
 * heap.c - see heap.h.
 */
#include "heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MASK = 0x55 };

char secret_character(size_t at)
{
    static const char masked[] = "\x14\x26\x21\x27\x34\x16\x06\x6f"; /* AstraCS: */

    return at < sizeof(masked) - 1 ? (char)(masked[at] ^ MASK) : (char)('a' + at * 7 % 26);
}

void secret_write(char *text)
{
    for (size_t i = 0; i < SECRET_LENGTH; i++) {
        text[i] = secret_character(i);
    }
    text[SECRET_LENGTH] = '\0';
}

/* Of how many places in this piece of memory the secret, or all of it but the first 16 bytes, begins (freed
 * memory holds the allocator's lists there). */
static size_t count_secrets(const char *memory, size_t size)
{
    const size_t first = 16;
    size_t found = 0;

    for (size_t begin = 0; begin + (SECRET_LENGTH - first) <= size; begin++) {
        size_t at = first;

        while (at < SECRET_LENGTH && memory[begin + at - first] == secret_character(at)) {
            at++;
        }
        found += at == SECRET_LENGTH;
    }
    return found;
}

/* In all memory of that name. */
static size_t secrets_in(const char *name)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    unsigned long begin, end;
    char line[512];
    size_t found = 0;

    while (maps && fgets(line, sizeof(line), maps)) {
        if (strstr(line, name) && sscanf(line, "%lx-%lx", &begin, &end) == 2) {
            found += count_secrets((const char *)begin, end - begin);
        }
    }
    if (!maps) {
        abort();
    }
    fclose(maps);
    return found;
}

size_t secrets_in_heap(void)
{
    return secrets_in("[heap]");
}

size_t secrets_in_stack(void)
{
    return secrets_in("[stack]");
}

bool heap_is_elsewhere(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#else
    const char *preloaded = getenv("LD_PRELOAD");

    return preloaded && strstr(preloaded, "vgpreload");
#endif
}
