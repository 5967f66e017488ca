/* SPDX-License-Identifier: Apache-2.0
 *
 * expression_access.h - what the two halves of evaluation share. For the files of this folder.
 */
#ifndef HOST_EXPRESSION_ACCESS_H
#define HOST_EXPRESSION_ACCESS_H

#include "expression_node.h"
#include "type.h"

struct evaluation {
    struct scope *scope; /* NULL: neither references nor functions */
    struct diagnostics *diags;
    const struct typed *element; /* of the splat under way */
};

/* Each fills a zeroed *out, which the caller clears also after an error. */
bool evaluate(struct evaluation *evaluation, const struct expression *node, struct typed *out);
bool evaluate_reference(struct evaluation *evaluation, const struct expression *node, struct json_object *key,
                        bool *keyed, struct typed *out);
bool evaluate_attribute(struct evaluation *evaluation, const struct expression *node, struct typed *out);
bool evaluate_index(struct evaluation *evaluation, const struct expression *node, struct typed *out);
bool evaluate_splat(struct evaluation *evaluation, const struct expression *node, struct typed *out);

/* Says that memory ran out; always false. */
bool evaluation_refuse_memory(struct evaluation *evaluation);

/* Whether a body (may be NULL) has only attributes that the schema knows; says which are not. */
bool body_check_names(const struct expression *body, const struct schema_object *object,
                      struct diagnostics *diags);

#endif
