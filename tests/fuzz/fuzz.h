/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz.h - what the fuzz targets share: taking an input apart, a place for files, and the properties that
 * hold for every input. A target defines LLVMFuzzerTestOneInput(); libFuzzer calls it, or replay.c does.
 *
 * An input is a few bytes that choose, and fields that end at a byte 0xff (which occurs in no UTF-8), so that
 * cutting, copying and inserting make another input of the same kind.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "diagnostic.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program as a crash does, whatever the build. */
#define CHECK(condition) ((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))
_Noreturn void fuzz_fail(const char *condition, const char *file, int line);

/* What is left of an input. */
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

/* The next byte, 0 at the end. */
unsigned fuzz_byte(struct fuzz_input *input);

/* The next field, newly allocated in its exact size, a NUL behind it. *length (may be NULL) receives its
 * bytes, which may hold NULs. */
char *fuzz_field(struct fuzz_input *input, size_t *length);

/* All that is left, likewise. */
char *fuzz_rest(struct fuzz_input *input, size_t *length);

/* A folder of this process for files, below TMPDIR; removed when the program ends as it should. */
const char *fuzz_folder(void);

/* Removes what lies in the folder, but not the folder. */
void fuzz_folder_clean(void);

/* Writes a file of the folder, whole; `name` may name a folder in it, which must be there. */
void fuzz_file_write(const char *name, const char *text, size_t length);

/* What users rely on: a call that failed says so, and every message has a one-line summary and is UTF-8. */
void fuzz_check_diagnostics(const struct diagnostics *diags, bool ok);
void fuzz_check_message(const char *summary, const char *detail);

/* A provider of a folder of schemas, which must be right. Lives as long as the process. */
struct provider *fuzz_provider(const char *schemas);

/* The tree as text, checked to be JSON that reads as the same text again. To be freed. */
char *fuzz_json_text(struct json_object *value);

#endif
