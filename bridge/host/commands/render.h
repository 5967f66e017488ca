/* SPDX-License-Identifier: Apache-2.0
 *
 * render.h - how things look to people: values, instances, planned changes and diagnostics, drawn as
 * Terraform draws them. Nothing here decides anything; what is to be shown is handed in.
 */
#ifndef HOST_RENDER_H
#define HOST_RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include "../../diagnostic.h"
#include "../../schema.h"
#include "../engine/changes.h"
#include "../language/config.h"
#include "../state/state.h"

struct style {
    const char *program; /* how texts call this program */
    bool colour;
    bool error_colour; /* of standard error */
    bool plain;        /* -no-color: diagnostics without boxes */
    unsigned columns;  /* of the terminal; 78 without one */
};

/* Takes colours and boxes away, as -no-color asks. */
void style_plain(struct style *style);

/* Text in which [bold], [red], [green], [yellow], [cyan], [dark_gray] and [reset] stand for colours; they
 * vanish without colour. The string itself must be trusted; what is not goes through %s of the arguments. */
void render_printf(FILE *out, const struct style *style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A text with such marks, and nothing to fill in. */
void render_marked(FILE *out, const struct style *style, const char *text);

/* Text wrapped at the style's columns, each line kept whole where it begins with white space. */
void render_wrapped(FILE *out, const struct style *style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Likewise a text as it stands. */
void render_wrapped_text(FILE *out, unsigned columns, const char *text);

/* A string literal of the language, with its quotes and escapes. */
void render_quoted(FILE *out, const char *text);

/* A value as `output` and `console` print it: strings quoted, tolist([ … ]), tomap({ … }); what is sensitive
 * as "(sensitive value)". `indent` is that of the line it starts on, in spaces. */
void render_value(FILE *out, const struct typed *value, unsigned indent);

/* An instance of a state as `show` and `state show` print it: a comment line with the address, and a block.
 * `schema` may be NULL. Without memory, false. */
bool render_instance(FILE *out, const struct style *style, const struct schema *schema,
                     const struct address *address, const struct state_instance *instance);

/* The outputs of a state in the form of `show`: "NAME = VALUE" lines. */
bool render_outputs_of_state(FILE *out, const struct style *style, const struct state *state);

/* The outputs of a state in the form of `output`. */
void render_outputs(FILE *out, const struct state *state);

/* An empty line, and a line across. */
void render_rule(FILE *out, const struct style *style);

/* A whole plan: the note on drift, symbols, changes, summary, outputs. `config` (for relevance of drift) may
 * be NULL. */
bool render_plan(FILE *out, const struct style *style, const struct schema_set *schemas,
                 const struct config *config, const struct changes *changes);

/* One diagnostic, in its box. `config` may be NULL. */
void render_diagnostic(FILE *out, const struct style *style, const struct config *config,
                       const struct diagnostic *diagnostic);

#endif
