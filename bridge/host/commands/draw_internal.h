/* SPDX-License-Identifier: Apache-2.0
 *
 * draw_internal.h - what draw.c and draw_text.c share.
 */
#ifndef HOST_DRAW_INTERNAL_H
#define HOST_DRAW_INTERNAL_H

#include "draw.h"

void draw_line_start(const struct drawing *drawing, unsigned indent, enum action action);
void draw_forces_replacement(const struct drawing *drawing, bool replace);
void draw_null_suffix(const struct drawing *drawing, enum action action);

/* A text: quoted, as lines between EOT, or as jsonencode( … ) where it is JSON. */
bool draw_string(const struct drawing *drawing, const struct diff *diff, unsigned indent);

#endif
