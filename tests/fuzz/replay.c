/* SPDX-License-Identifier: Apache-2.0
 *
 * replay.c - runs a fuzz target over files, without libFuzzer: `fuzz-NAME FOLDER|FILE...`. An input that
 * fails ends the program, its name being the last one that was printed.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* False where the file can't be read. */
static bool run_file(const char *path)
{
    struct fuzz_input input = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "re"), *out = open_memstream(&text, &size);
    bool ok = file != NULL && out != NULL;
    for (int c; ok && (c = getc(file)) != EOF;)
        putc(c, out);
    ok = ok && !ferror(file);
    if (file != NULL)
        fclose(file);
    if (out != NULL)
        ok = fclose(out) == 0 && ok;
    if (ok) {
        printf("%s\n", path);
        fflush(stdout);
        /* In a block of its exact size, so that a sanitizer sees the end. */
        input = (struct fuzz_input){(const uint8_t *)text, size};
        uint8_t *bytes = malloc(size + (size == 0));
        ok = bytes != NULL;
        if (ok) {
            memcpy(bytes, input.at, size);
            LLVMFuzzerTestOneInput(bytes, size);
        }
        free(bytes);
    }
    free(text);
    return ok;
}

/* How many files were run, -1 after a failure. */
static int run_folder(const char *path)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, visible, alphasort);
    if (count < 0)
        return run_file(path) ? 1 : -1;
    bool ok = true;
    for (int i = 0; i < count; i++) {
        char *file = NULL;
        ok = ok && asprintf(&file, "%s/%s", path, entries[i]->d_name) > 0 && run_file(file);
        free(file);
        free(entries[i]);
    }
    free(entries);
    return ok ? count : -1;
}

int main(int count, char **arguments)
{
    int total = 0;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < count; i++) {
        int found = run_folder(arguments[i]);
        if (found < 0) {
            fprintf(stderr, "%s can't be read\n", arguments[i]);
            return 1;
        }
        total += found;
    }
    printf("%d inputs\n", total);
    return total > 0 ? 0 : 1;
}
