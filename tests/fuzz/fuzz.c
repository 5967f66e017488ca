/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz.c - what the fuzz targets share; see fuzz.h.
 */
#include "fuzz.h"

#include "provider.h"
#include "utf8.h"
#include "value.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEPARATOR = 0xff, DESCRIPTORS = 8 };

void fuzz_fail(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, condition);
    abort();
}

unsigned fuzz_byte(struct fuzz_input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->at++;
}

/* The next `length` bytes as a text. */
static char *take(struct fuzz_input *input, size_t length)
{
    char *text = malloc(length + 1);
    CHECK(text != NULL);
    memcpy(text, input->at, length);
    text[length] = '\0';
    input->at += length;
    input->left -= length;
    return text;
}

char *fuzz_field(struct fuzz_input *input, size_t *length)
{
    const uint8_t *end = input->left > 0 ? memchr(input->at, SEPARATOR, input->left) : NULL;
    size_t size = end != NULL ? (size_t)(end - input->at) : input->left;
    char *text = take(input, size);
    fuzz_byte(input);
    if (length != NULL)
        *length = size;
    return text;
}

char *fuzz_rest(struct fuzz_input *input, size_t *length)
{
    if (length != NULL)
        *length = input->left;
    return take(input, input->left);
}

static char folder[256];

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    (void)status;
    (void)kind;
    if (at->level > 0)
        remove(path);
    return 0;
}

void fuzz_folder_clean(void)
{
    nftw(fuzz_folder(), remove_entry, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}

static void folder_remove(void)
{
    fuzz_folder_clean();
    rmdir(folder);
}

const char *fuzz_folder(void)
{
    const char *base = getenv("TMPDIR");
    if (folder[0] == '\0') {
        int length =
            snprintf(folder, sizeof folder, "%s/fuzz-XXXXXX", base != NULL && *base == '/' ? base : "/tmp");
        CHECK(length > 0 && (size_t)length < sizeof folder && mkdtemp(folder) != NULL);
        CHECK(atexit(folder_remove) == 0);
    }
    return folder;
}

void fuzz_file_write(const char *name, const char *text, size_t length)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(descriptor >= 0 && write(descriptor, text, length) == (ssize_t)length);
    close(descriptor);
}

void fuzz_check_message(const char *summary, const char *detail)
{
    CHECK(summary != NULL && *summary != '\0' && strpbrk(summary, "\r\n") == NULL);
    CHECK(detail != NULL);
    CHECK(utf8_valid_prefix(summary, strlen(summary)) == strlen(summary));
    CHECK(utf8_valid_prefix(detail, strlen(detail)) == strlen(detail));
}

void fuzz_check_diagnostics(const struct diagnostics *diags, bool ok)
{
    bool error = false;
    for (size_t i = 0; i < diags->count; i++) {
        fuzz_check_message(diags->items[i].summary, diags->items[i].detail);
        error = error || diags->items[i].severity == SEVERITY_ERROR;
    }
    CHECK(error == diags->has_error);
    CHECK(error == !ok);
}

char *fuzz_json_text(struct json_object *value)
{
    struct json_object *again = NULL;
    char *problem = NULL, *text = value_to_text(value);
    CHECK(text != NULL);
    CHECK(value_from_text(text, strlen(text), &again, &problem));
    char *second = value_to_text(again);
    CHECK(second != NULL && strcmp(text, second) == 0);
    free(second);
    json_object_put(again);
    return text;
}

struct provider *fuzz_provider(const char *schemas)
{
    struct diagnostics diags = {0};
    struct provider *provider = provider_create(schemas, NULL, &diags);
    for (size_t i = 0; i < diags.count; i++)
        fprintf(stderr, "%s: %s\n", diags.items[i].summary, diags.items[i].detail);
    CHECK(provider != NULL);
    return provider;
}
