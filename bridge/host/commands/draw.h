/* SPDX-License-Identifier: Apache-2.0
 *
 * draw.h - draws a tree of diff.h as text, the way Terraform's plans look. For the other files of render.h.
 */
#ifndef HOST_DRAW_H
#define HOST_DRAW_H

#include "diff.h"
#include "render.h"

struct drawing {
    FILE *out;
    const struct style *style;
    bool no_symbols;         /* no + ~ - before lines: a state, or something forgotten */
    bool show_unchanged;     /* what does not change is drawn, not counted */
    bool no_null;            /* no "-> null" after what goes */
    bool forces_replacement; /* said by a parent, for its children */
};

/* Draws from where the line stands (after "NAME = ") on, without a newline at the end; `indent` in steps of
 * four spaces. False without memory. */
bool draw(const struct drawing *drawing, const struct diff *diff, unsigned indent);

/* The symbol of an action as it stands before a line, three characters wide. */
const char *draw_symbol(enum action action);

/* For qsort() of names (const char *). */
int draw_compare_names(const void *a, const void *b);

/* A number, as JSON and Terraform write it. */
void draw_number(FILE *out, const struct json_object *number);

/* Outputs and their alignment: one line each, with its symbol. `width` is that of the longest name. */
bool draw_member(const struct drawing *drawing, const struct diff *diff, unsigned indent, int width);

#endif
