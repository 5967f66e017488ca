/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_host_plan.c - saved plans. One that is taken is shown as text and as JSON, is written as a file that
 * is taken again, and is written the same. What its checksum keeps out is let in here: the target adds it.
 *
 * Input: a byte, and the rest. Byte 0: the rest is the whole file. Else it is the document behind its first
 * member, the sum of the schemas, which the target writes, with head, checksum and tail.
 */
#include "fuzz.h"

#include "file.h"
#include "provider.h"
#include "render.h"
#include "saved_plan.h"
#include "show_json.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 512 };

/* Stands in for the one of ui_json.c, which prints. */
void print_json_document(struct json_object *document, bool indented);
void print_json_document(struct json_object *document, bool indented)
{
    (void)indented;
    free(fuzz_json_text(document));
}

static const char *path_of(const char *name)
{
    static char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
    return path;
}

/* The file around what stands behind the first member. New. */
static char *framed(const char *rest, size_t rest_length, const struct schema_set *schemas, size_t *length)
{
    struct diagnostics diags = {0};
    uint64_t sum;
    char *document = NULL, *whole = NULL;
    size_t document_length = 0;
    CHECK(saved_plan_schemas(schemas, &sum, &diags));
    FILE *out = open_memstream(&document, &document_length);
    CHECK(out != NULL);
    fprintf(out, "{\"schemas\":\"%016llx\",", (unsigned long long)sum);
    fwrite(rest, 1, rest_length, out);
    CHECK(fclose(out) == 0);
    out = open_memstream(&whole, length);
    CHECK(out != NULL);
    fprintf(out, SAVED_PLAN_FORMAT, (unsigned)SAVED_PLAN_VERSION,
            (unsigned long long)saved_plan_hash(SAVED_PLAN_HASH_BASIS, document, document_length));
    fwrite(document, 1, document_length, out);
    fputs(SAVED_PLAN_TAIL, out);
    CHECK(fclose(out) == 0);
    free(document);
    return whole;
}

static void check_shown(const struct saved_plan *plan, const struct schema_set *schemas)
{
    static const struct style style = {.program = "fuzz", .columns = 78};
    struct diagnostics diags = {0};
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    CHECK(out != NULL && render_plan(out, &style, schemas, plan->config, plan->changes));
    CHECK(fclose(out) == 0 && length > 0);
    free(text);
    CHECK(show_plan_json(plan, schemas, &diags) && diags.count == 0);
}

static char *written(const struct saved_plan *plan, const char *name, const struct schema_set *schemas)
{
    struct diagnostics diags = {0};
    size_t length;
    CHECK(saved_plan_write(path_of(name), plan, schemas, &diags) && diags.count == 0);
    CHECK(saved_plan_is(path_of(name)));
    int descriptor = open(path_of(name), O_RDONLY | O_CLOEXEC);
    CHECK(descriptor >= 0);
    char *text = file_read(descriptor, &length);
    CHECK(text != NULL);
    close(descriptor);
    return text;
}

static void check_written(const struct saved_plan *plan, const struct schema_set *schemas)
{
    struct saved_plan again = {0};
    struct diagnostics diags = {0};
    char *first = written(plan, "first", schemas);
    CHECK(saved_plan_read(path_of("first"), fuzz_folder(), schemas, NULL, &again, &diags));
    char *second = written(&again, "second", schemas);
    CHECK(strcmp(first, second) == 0);
    free(first);
    free(second);
    saved_plan_clear(&again);
    diagnostics_clear(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct provider *provider;
    struct fuzz_input input = {data, size};
    struct diagnostics diags = {0};
    struct saved_plan plan = {0};
    size_t length;
    if (provider == NULL)
        provider = fuzz_provider(SCHEMAS);
    const struct schema_set *schemas = provider_schemas(provider);
    fuzz_folder_clean();
    bool whole = fuzz_byte(&input) == 0;
    char *text = fuzz_rest(&input, &length);
    if (!whole) {
        char *rest = text;
        text = framed(rest, length, schemas, &length);
        free(rest);
    }
    fuzz_file_write("plan", text, length);
    free(text);
    bool done = saved_plan_read(path_of("plan"), fuzz_folder(), schemas, NULL, &plan, &diags);
    fuzz_check_diagnostics(&diags, done);
    if (done) {
        check_shown(&plan, schemas);
        check_written(&plan, schemas);
    }
    saved_plan_clear(&plan);
    diagnostics_clear(&diags);
    return 0;
}
