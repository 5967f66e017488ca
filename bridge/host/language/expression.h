/* SPDX-License-Identifier: Apache-2.0
 *
 * expression.h - what stands in an attribute of a *.tf.json file: literals, and strings that are templates
 * ("${var.region}", "a-${each.key}", "$${" for "${"). Inside ${ }: references with attributes, indexes and
 * splats; strings, numbers, true, false, null; [ ] and { } of these; parentheses; calls of the plugin's own
 * functions ("provider::NAME::function(…)"). Everything else that Terraform knows (conditionals, for,
 * operators, built-in functions, directives %{ }) is refused by name, with a word that Terraform runs it.
 */
#ifndef HOST_EXPRESSION_H
#define HOST_EXPRESSION_H

#include "../../diagnostic.h"
#include "typed.h"

struct expression;

enum reference_kind {
    REFERENCE_VARIABLE,  /* var.NAME */
    REFERENCE_LOCAL,     /* local.NAME */
    REFERENCE_RESOURCE,  /* TYPE.NAME */
    REFERENCE_DATA,      /* data.TYPE.NAME */
    REFERENCE_EACH,      /* each.key, each.value: name "key" or "value" */
    REFERENCE_COUNT,     /* count.index: name "index" */
    REFERENCE_PATH,      /* path.module, path.root, path.cwd */
    REFERENCE_TERRAFORM, /* terraform.workspace */
};

/* What is referred to, up to the first attribute or index that follows. */
struct reference {
    enum reference_kind kind;
    const char *type; /* of a resource or data source, else NULL */
    const char *name;
};

/* What names mean where an expression is evaluated. */
struct scope {
    /* The value behind a reference: of a resource without count and for_each an object, with count a tuple,
     * with for_each an object by key. Where an index follows directly and is known, `key` is its value (an
     * integer or a string), and the answer may be that instance alone, with *keyed set. False after an error.
     */
    bool (*resolve)(struct scope *scope, const struct reference *reference, struct json_object *key,
                    bool *keyed, struct typed *value, struct diagnostics *diags);
    /* Calls a function of the provider; NULL where functions may not be called. The arguments are known
     * through and through (else the result is unknown without a call); how many there are config_load()
     * checked. What marks they have the result gets by itself. */
    bool (*call)(struct scope *scope, const char *provider, const char *function,
                 const struct typed *arguments, size_t count, struct typed *result,
                 struct diagnostics *diags);
};

/* Where something stands: the file (borrowed; lives as long as the configuration) and a JSON pointer. */
struct origin {
    const char *file;
    char *pointer;
};

/* Parses a JSON value; every string in it is a template, unless `literal`. Problems go to diags with file and
 * pointer. NULL after an error. The tree is not needed afterwards. */
struct expression *expression_parse(struct json_object *json, const char *file, const char *pointer,
                                    bool literal, struct diagnostics *diags);

/* Parses one expression as it stands between "${" and "}": what depends_on, -var and tfvars hold. */
struct expression *expression_parse_bare(const char *text, const char *file, const char *pointer,
                                         struct diagnostics *diags);

void expression_destroy(struct expression *expression);

/* Calls visit for every reference in it, in the order of the text; stops when visit returns false. */
bool expression_references(const struct expression *expression,
                           bool (*visit)(void *context, const struct reference *reference,
                                         const char *pointer),
                           void *context);

/* A step into what a name refers to: an attribute, or an index that is written as a literal. */
struct traversal_step {
    const char *attribute;     /* or NULL */
    struct json_object *index; /* a string or a number; borrowed */
};

/* Likewise, with the steps that follow each name, up to a splat or an index that has to be evaluated. */
typedef bool traversal_visit(void *context, const struct reference *reference,
                             const struct traversal_step *steps, size_t count);
bool expression_traversals(const struct expression *expression, traversal_visit *visit, void *context);

/* The names of an object's members where the expression is an object literal; NULL where it is something else
 * or there are no more. What is given for a member: expression_member(). Borrowed. */
const char *expression_member_name(const struct expression *expression, size_t index);
const struct expression *expression_member(const struct expression *expression, const char *name);

/* Evaluates. Diagnostics carry file and pointer. False after an error; *value is then zeroed. `scope` NULL: a
 * value that stands by itself, without references and calls; nothing of it is quoted in messages. */
bool expression_evaluate(const struct expression *expression, struct scope *scope, struct typed *value,
                         struct diagnostics *diags);

/* Evaluates the body of a resource, data source or provider and puts it into the form of its schema: every
 * attribute there, null where it is absent, each converted to its type; unknown attributes are errors. NULL
 * instead of an expression is an empty body. value->type stays NULL (type_of_object() has it), and its marks
 * are those of the expressions alone. */
bool expression_evaluate_body(const struct expression *body, const struct schema_object *object,
                              struct scope *scope, struct typed *value, struct diagnostics *diags);

const char *expression_file(const struct expression *expression);
const char *expression_pointer(const struct expression *expression);

#endif
