/* SPDX-License-Identifier: Apache-2.0
 *
 * allocator.c - see allocator.h.
 */
#include "allocator.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* glibc's, beneath ours. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static _Thread_local bool armed, lasting, refused_json;
static _Thread_local size_t left, refused;
static atomic_size_t live;

/* --- blocks that are noted --- */

enum { NOTED_MAX = 1 << 15, FRAMES = 8 };

static struct {
    void *block;
    void *frames[FRAMES];
    int count;
} noted[NOTED_MAX];
static atomic_bool noting;
static pthread_mutex_t noted_lock = PTHREAD_MUTEX_INITIALIZER;

static size_t home(const void *block)
{
    return ((uintptr_t)block >> 4) * 0x9E3779B1u % NOTED_MAX;
}

static void note(void *block)
{
    if (!atomic_load(&noting))
        return;
    pthread_mutex_lock(&noted_lock);
    for (size_t i = 0; i < NOTED_MAX; i++) {
        size_t at = (home(block) + i) % NOTED_MAX;
        if (noted[at].block == NULL) {
            noted[at].block = block;
            noted[at].count = backtrace(noted[at].frames, FRAMES);
            break;
        }
    }
    pthread_mutex_unlock(&noted_lock);
}

/* The block may lie anywhere behind its home, since those before it leave holes. Slow, but only one run is
 * noted. */
static void forget(const void *block)
{
    if (!atomic_load(&noting))
        return;
    pthread_mutex_lock(&noted_lock);
    for (size_t i = 0; i < NOTED_MAX; i++) {
        size_t at = (home(block) + i) % NOTED_MAX;
        if (noted[at].block == block) {
            noted[at].block = NULL;
            break;
        }
    }
    pthread_mutex_unlock(&noted_lock);
}

void allocator_note(void)
{
    memset(noted, 0, sizeof noted);
    atomic_store(&noting, true);
}

void allocator_print_noted(void)
{
    atomic_store(&noting, false);
    for (size_t i = 0; i < NOTED_MAX; i++) {
        if (noted[i].block == NULL)
            continue;
        fprintf(stderr, "  alive: %zu bytes, from\n", malloc_usable_size(noted[i].block));
        backtrace_symbols_fd(noted[i].frames, noted[i].count, 2);
    }
}

/* --- refusing --- */

void allocator_arm(size_t n, enum refusal refusal)
{
    void *frame;
    backtrace(&frame, 1); /* it allocates when it is first called */
    left = n;
    lasting = refusal == REFUSE_ALL_FROM_THERE;
    refused = 0;
    refused_json = false;
    armed = true;
}

size_t allocator_disarm(void)
{
    armed = false;
    return refused;
}

bool allocator_refused_json(void)
{
    return refused_json;
}

size_t allocator_live(void)
{
    return atomic_load(&live);
}

/* Where json-c 0.16 loses a block when it is refused another: its parser what it was about to add, an object
 * whose table was to grow the copy of the key. */
static bool is_lossy(void *const *frames, int count)
{
    Dl_info info;
    for (int i = 0; i < count; i++)
        if (dladdr(frames[i], &info) && info.dli_sname &&
            (strcmp(info.dli_sname, "lh_table_resize") == 0 ||
             strcmp(info.dli_sname, "json_tokener_parse_ex") == 0))
            return true;
    return false;
}

static atomic_bool process_armed;
static bool process_lasting;
static size_t process_at;
static atomic_size_t process_count;

void allocator_arm_process(size_t n, enum refusal refusal)
{
    process_at = n;
    process_lasting = refusal == REFUSE_ALL_FROM_THERE;
    atomic_store(&process_count, 0);
    atomic_store(&process_armed, true);
}

size_t allocator_process_count(void)
{
    return atomic_load(&process_count);
}

static bool refuse_of_process(void)
{
    size_t number = atomic_fetch_add(&process_count, 1);
    if (number < process_at || (number > process_at && !process_lasting))
        return false;
    errno = ENOMEM;
    return true;
}

static bool refuse(void)
{
    void *frames[2 * FRAMES];
    if (atomic_load(&process_armed))
        return refuse_of_process();
    if (!armed)
        return false;
    if (left > 0) {
        left--;
        return false;
    }
    armed = false;
    int count = backtrace(frames, 2 * FRAMES);
    refused_json = refused_json || is_lossy(frames, count);
    if (refused++ == 0 && atomic_load(&noting)) {
        fprintf(stderr, "  refused:\n");
        backtrace_symbols_fd(frames, count, 2);
    }
    armed = lasting;
    errno = ENOMEM;
    return true;
}

static void *granted(void *block)
{
    if (block) {
        atomic_fetch_add(&live, 1);
        note(block);
    }
    return block;
}

/* --- what programs call --- */

void *malloc(size_t size)
{
    return refuse() ? NULL : granted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return refuse() ? NULL : granted(__libc_calloc(count, size));
}

void free(void *block)
{
    int error = errno; /* free() leaves it alone */
    if (block) {
        atomic_fetch_sub(&live, 1);
        forget(block);
    }
    __libc_free(block);
    errno = error;
}

void *realloc(void *block, size_t size)
{
    if (refuse())
        return NULL;
    if (block) {
        atomic_fetch_sub(&live, 1);
        forget(block);
    }
    return granted(__libc_realloc(block, size));
}

void *memalign(size_t alignment, size_t size)
{
    return refuse() ? NULL : granted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return refuse() ? NULL : granted(__libc_memalign(alignment, size));
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    void *made = refuse() ? NULL : granted(__libc_memalign(alignment, size));
    if (made == NULL)
        return ENOMEM;
    *block = made;
    return 0;
}

/* json-c 0.16's parser takes the copy of a key for granted, and crashes with the next member: nobody above it
 * can help that, so this one copy is never refused. (Later releases look.) */
static bool is_taken_for_granted(const void *caller)
{
    Dl_info info;
    return dladdr(caller, &info) && info.dli_sname && strcmp(info.dli_sname, "json_tokener_parse_ex") == 0;
}

char *strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    bool counted = armed || atomic_load(&process_armed);
    if (counted && !is_taken_for_granted(__builtin_return_address(0)) && refuse())
        return NULL;
    char *copy = granted(__libc_malloc(size));
    return copy ? memcpy(copy, text, size) : NULL;
}
