/* SPDX-License-Identifier: Apache-2.0
 *
 * snippet.c - see snippet.h.
 */
#include "snippet.h"

#include "../../utf8.h"
#include "../language/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_FILE = 64 << 20 };

char *source_read(const char *name, size_t *length)
{
    FILE *file = fopen(name, "re");
    char *text = NULL;
    size_t size = 0, part;
    char buffer[16 << 10];
    FILE *memory = file ? open_memstream(&text, &size) : NULL;
    while (memory && size < LARGEST_FILE && (part = fread(buffer, 1, sizeof(buffer), file)) > 0) {
        fwrite(buffer, 1, part, memory);
        fflush(memory);
    }
    const int error = file && ferror(file) ? errno : 0; /* a directory can be opened */
    if (memory && text_stream_end(memory, &text) && error) {
        free(text);
        text = NULL;
    }
    if (file)
        fclose(file);
    if (error)
        errno = error;
    *length = text ? size : 0;
    return text;
}

/* Where the JSON value that begins at an offset ends, as far as it is to be shown: a scalar wholly, an object
 * or array its bracket alone. */
static size_t end_of_value(const char *text, size_t length, size_t offset)
{
    size_t at = offset + 1;
    if (offset >= length)
        return length;
    if (text[offset] == '"') {
        for (; at < length && text[at] != '"' && text[at] != '\n'; at++)
            at += text[at] == '\\' && at + 1 < length;
        return at < length && text[at] == '"' ? at + 1 : at;
    }
    if (strchr("[{", text[offset]))
        return at;
    while (at < length && !strchr(" \t\r\n,]}", text[at]))
        at++;
    return at;
}

/* "/resource/widget/a/parts/0/kind" to "resource.widget.a.parts[0]": what holds the thing, in the words of
 * Terraform. An object or array holds itself. NULL at the top. */
static char *context_of(const char *pointer, bool holds_itself)
{
    char *context = strdup(*pointer == '/' ? pointer + 1 : pointer), *at = context;
    if (!context)
        return NULL;
    if (!holds_itself) {
        char *last = strrchr(context, '/');
        *(last ? last : context) = '\0';
    }
    char *copy = malloc(2 * strlen(context) + 3), *to = copy;
    for (char *segment; copy && (segment = strsep(&at, "/"));) {
        bool index = *segment && strspn(segment, "0123456789") == strlen(segment);
        if (index)
            *to++ = '[';
        else if (to != copy)
            *to++ = '.';
        for (; *segment; segment++) {
            bool escape = *segment == '~' && (segment[1] == '0' || segment[1] == '1');
            *to++ = escape ? (segment[1] == '0' ? '~' : '/') : *segment;
            segment += escape;
        }
        if (index)
            *to++ = ']';
    }
    if (copy)
        *to = '\0';
    free(context);
    if (copy && !*copy) {
        free(copy);
        copy = NULL;
    }
    return copy;
}

/* Cuts off the end of a pointer what is not there: it was located at what holds it. */
static void cut_to_what_is_there(const struct config_source *source, char *pointer, size_t offset)
{
    size_t line, column, above = offset;
    for (char *last; (last = strrchr(pointer, '/'));) {
        char kept = *last;
        *last = '\0';
        if (!config_locate(source, pointer, &line, &column, &above) || above != offset) {
            *last = kept;
            return;
        }
    }
}

/* A line's text, byte for byte as long as the line. Bytes that are no UTF-8, and NUL, turn into question
 * marks: terminals and readers of JSON get text. */
static char *line_text(const char *line, size_t length)
{
    char *text = malloc(length + 1);
    if (!text)
        return NULL;
    memcpy(text, line, length);
    text[length] = '\0';
    for (char *nul; (nul = memchr(text, '\0', length));)
        *nul = '?';
    for (size_t at = 0; (at += utf8_valid_prefix(text + at, length - at)) < length;)
        text[at] = '?';
    return text;
}

static bool fill(const struct config_source *source, const char *given, struct snippet *snippet)
{
    char *pointer = strdup(given);
    if (!pointer || !config_locate(source, pointer, &snippet->line, &snippet->column, &snippet->offset) ||
        snippet->offset > source->length) {
        free(pointer);
        return false;
    }
    cut_to_what_is_there(source, pointer, snippet->offset);
    const char *text = source->text;
    size_t start = snippet->offset, end = start;
    while (start && text[start - 1] != '\n')
        start--;
    while (end < source->length && text[end] != '\n')
        end++;
    snippet->end_offset = end_of_value(text, source->length, snippet->offset);
    if (snippet->end_offset > end)
        snippet->end_offset = end;
    snippet->highlight = snippet->offset - start;
    snippet->highlight_end = snippet->end_offset - start;
    snippet->end_column = snippet->column + (snippet->end_offset - snippet->offset);
    snippet->code = line_text(text + start, end - start);
    snippet->context =
        context_of(pointer, snippet->offset < source->length &&
                                strchr("[{", text[snippet->offset] ? text[snippet->offset] : ' '));
    free(pointer);
    return snippet->code != NULL;
}

bool snippet_find(const struct config *config, const struct diagnostic *diagnostic, struct snippet *snippet)
{
    const char *pointer = diagnostic->attribute ? diagnostic->attribute : "";
    *snippet = (struct snippet){0};
    if (!diagnostic->file)
        return false;
    for (size_t i = 0; config && i < config->source_count; i++)
        if (!strcmp(config->sources[i].name, diagnostic->file))
            return fill(&config->sources[i], pointer, snippet);
    struct config_source source = {.name = diagnostic->file};
    source.text = source_read(diagnostic->file, &source.length);
    bool ok = source.text && fill(&source, pointer, snippet);
    free(source.text);
    return ok;
}

void snippet_clear(struct snippet *snippet)
{
    free(snippet->code);
    free(snippet->context);
}
