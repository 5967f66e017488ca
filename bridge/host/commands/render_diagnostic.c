/* SPDX-License-Identifier: Apache-2.0
 *
 * render_diagnostic.c - one error or warning, in a box (or without one: -no-color), with the line that it is
 * about.
 */
#include <stdlib.h>
#include <string.h>

#include "../language/text.h"
#include "output.h"
#include "render.h"
#include "snippet.h"

static void draw_place(FILE *out, const struct style *style, const struct config *config,
                       const struct diagnostic *diagnostic)
{
    struct snippet snippet;
    bool found = snippet_find(config, diagnostic, &snippet);
    if (diagnostic->address)
        fprintf(out, "  with %s%s\n", diagnostic->address, diagnostic->file ? "," : "");
    if (found) {
        fprintf(out, "  on %s line %zu%s%s:\n", diagnostic->file, snippet.line,
                snippet.context ? ", in " : "", snippet.context ? snippet.context : "");
        fprintf(out, "%4zu: %.*s", snippet.line, (int)snippet.highlight, snippet.code);
        render_printf(out, style, "[underline]%.*s[reset]", (int)(snippet.highlight_end - snippet.highlight),
                      snippet.code + snippet.highlight);
        fprintf(out, "%s\n", snippet.code + snippet.highlight_end);
    } else if (diagnostic->file) {
        fprintf(out, "  on %s:\n", diagnostic->file);
    }
    if (diagnostic->attribute && *diagnostic->attribute && !found)
        fprintf(out, "  at %s\n", diagnostic->attribute);
    if (diagnostic->address || diagnostic->file)
        fputc('\n', out);
    snippet_clear(&snippet);
}

/* All that stands in the box. */
static char *text_of(const struct style *style, const struct config *config,
                     const struct diagnostic *diagnostic)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const bool error = diagnostic->severity == SEVERITY_ERROR;
    if (!out)
        return NULL;
    render_marked(out, style,
                  error ? "[bold][red]Error: [reset][bold]" : "[bold][yellow]Warning: [reset][bold]");
    render_printf(out, style, "%s[reset]\n\n", diagnostic->summary);
    draw_place(out, style, config, diagnostic);
    if (*diagnostic->detail) {
        render_wrapped_text(out, style->columns - (style->plain ? 0 : 3), diagnostic->detail);
        fputc('\n', out);
    }
    return text_stream_end(out, &text) ? text : NULL;
}

void render_diagnostic(FILE *out, const struct style *style, const struct config *config,
                       const struct diagnostic *diagnostic)
{
    const char *rule = diagnostic->severity == SEVERITY_ERROR ? "[red]" : "[yellow]";
    char *text = text_of(style, config, diagnostic), *rest = text;
    if (!text) {
        output_lose();
        fprintf(out, "Error: %s\n", diagnostic->summary);
        return;
    }
    if (style->plain) {
        fprintf(out, "\n%s", text);
        free(text);
        return;
    }
    size_t length = strlen(text); /* no empty lines at the end */
    while (length && text[length - 1] == '\n')
        text[--length] = '\0';
    render_marked(out, style, rule);
    render_printf(out, style, "╷[reset]\n");
    for (char *line; (line = strsep(&rest, "\n"));) {
        render_marked(out, style, rule);
        render_printf(out, style, "│[reset] %s\n", line);
    }
    render_marked(out, style, rule);
    render_printf(out, style, "╵[reset]\n");
    free(text);
}
