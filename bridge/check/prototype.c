/* SPDX-License-Identifier: Apache-2.0
 *
 * prototype.c - the C declarations that schemas imply, so that a compiler can hold a plugin to them: a shared
 * library carries no types.
 */
#include "check.h"

#include "ctype.h"

#include <stdlib.h>
#include <string.h>

static void each_of_schema(const struct schema *schema,
                           void (*visit)(const struct schema *schema, const struct schema_callback *callback,
                                         void *context),
                           void *context)
{
    for (size_t i = 0; i < CALLBACK_ROLES; i++)
        if (schema->callbacks[i] != NULL)
            visit(schema, schema->callbacks[i], context);
    for (size_t i = 0; i < schema->check_count; i++)
        visit(schema, &schema->checks[i], context);
}

void check_each_callback(const struct schema_set *set,
                         void (*visit)(const struct schema *schema, const struct schema_callback *callback,
                                       void *context),
                         void *context)
{
    each_of_schema(&set->provider, visit, context);
    for (size_t i = 0; i < set->resource_count; i++)
        each_of_schema(&set->resources[i], visit, context);
    for (size_t i = 0; i < set->data_source_count; i++)
        each_of_schema(&set->data_sources[i], visit, context);
    for (size_t i = 0; i < set->function_count; i++)
        each_of_schema(&set->functions[i], visit, context);
}

static bool is_text(const struct c_type *row)
{
    return row->family == C_TEXT || row->family == C_JSON;
}

static const char *return_text(const struct schema_callback *callback)
{
    if (callback->returns == RETURN_POINTER && callback->return_type->family == C_POINTER)
        return "PLUGIN_SESSION *";
    /* What the caller is to release is not const. */
    if (callback->returns == RETURN_VALUE && callback->return_owned && is_text(callback->return_type))
        return "char *";
    return callback->return_type->name;
}

static const char *argument_text(const struct schema_argument *argument)
{
    switch (argument->kind) {
    case ARGUMENT_SESSION:
        return "PLUGIN_SESSION *";
    case ARGUMENT_REPORT:
        return "PLUGIN_REPORT *";
    case ARGUMENT_LOG:
        return "PLUGIN_LOG *";
    case ARGUMENT_OUT:
    case ARGUMENT_PRIVATE_OUT:
    case ARGUMENT_LIST_OUT:
    case ARGUMENT_STATE_OUT:
        return argument->c_type->out_name;
    default:
        return argument->c_type->name;
    }
}

static bool is_keyword(const char *name)
{
    static const char *const keywords[] = {
        "auto",   "bool",     "break",   "case",   "char",   "class",  "const",   "continue", "default",
        "delete", "do",       "double",  "else",   "enum",   "extern", "float",   "for",      "goto",
        "if",     "inline",   "int",     "long",   "new",    "public", "private", "register", "restrict",
        "return", "short",    "signed",  "sizeof", "static", "struct", "switch",  "this",     "typedef",
        "union",  "unsigned", "virtual", "void",   "while"};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (strcmp(keywords[i], name) == 0)
            return true;
    return false;
}

/* What a parameter is called before anything makes it unique. */
static const char *parameter_name(const struct schema_argument *argument)
{
    switch (argument->kind) {
    case ARGUMENT_SESSION:
        return "session";
    case ARGUMENT_REPORT:
        return "report";
    case ARGUMENT_LOG:
        return "log";
    case ARGUMENT_OPERATION:
        return "operation";
    case ARGUMENT_PRIVATE_IN:
        return "private_text";
    case ARGUMENT_PRIVATE_OUT:
        return "new_private_text";
    case ARGUMENT_LIST_OUT:
        return "list";
    case ARGUMENT_STATE_IN:
        return "old_state";
    case ARGUMENT_STATE_OUT:
        return "state";
    case ARGUMENT_VERSION:
        return "version";
    case ARGUMENT_LITERAL:
        return "literal";
    case ARGUMENT_IN:
    case ARGUMENT_OUT:
    case ARGUMENT_PRIOR:
        break;
    }
    return argument->attribute->name;
}

/* Prints an argument's name; one that an earlier argument has gets its number. */
static void print_name(FILE *out, const struct schema_callback *callback, size_t index)
{
    const struct schema_argument *argument = &callback->arguments[index];
    const char *name = parameter_name(argument);
    fprintf(out, "%s%s%s", argument->kind == ARGUMENT_PRIOR ? "prior_" : "", name,
            is_keyword(name) ? "_" : "");
    for (size_t i = 0; i < index; i++)
        if ((callback->arguments[i].kind == ARGUMENT_PRIOR) == (argument->kind == ARGUMENT_PRIOR) &&
            strcmp(parameter_name(&callback->arguments[i]), name) == 0) {
            fprintf(out, "_%zu", index);
            return;
        }
}

static void print_typed(FILE *out, const char *type)
{
    fprintf(out, "%s%s", type, type[strlen(type) - 1] == '*' ? "" : " ");
}

char *check_prototype(const struct schema_callback *callback, bool named)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    print_typed(out, return_text(callback));
    fprintf(out, "%s(%s", callback->symbol, callback->count == 0 ? "void" : "");
    for (size_t i = 0; i < callback->count; i++) {
        const char *type = argument_text(&callback->arguments[i]);
        if (i > 0)
            fputs(", ", out);
        if (named) {
            print_typed(out, type);
            print_name(out, callback, i);
        } else {
            fputs(type, out);
        }
    }
    fputc(')', out);
    bool ok = !ferror(out);
    if (fclose(out) != 0 || !ok) {
        free(text);
        return NULL;
    }
    return text;
}

/* The functions that are printed already: one may serve several callbacks. */
struct printing {
    FILE *out;
    const char **symbols;
    size_t count, capacity;
    bool failed;
};

static void print_prototype(const struct schema *schema, const struct schema_callback *callback,
                            void *context)
{
    struct printing *printing = context;
    for (size_t i = 0; i < printing->count; i++)
        if (strcmp(printing->symbols[i], callback->symbol) == 0)
            return;
    if (printing->count == printing->capacity) {
        size_t capacity = printing->capacity * 2 + 16;
        const char **symbols = reallocarray(printing->symbols, capacity, sizeof *symbols);
        if (symbols == NULL) {
            printing->failed = true;
            return;
        }
        printing->symbols = symbols;
        printing->capacity = capacity;
    }
    char *text = check_prototype(callback, true);
    if (text == NULL) {
        printing->failed = true;
        return;
    }
    printing->symbols[printing->count++] = callback->symbol;
    fprintf(printing->out, "\n/* %s: %s */\n%s;\n", schema->name, callback->name, text);
    free(text);
}

static const char head[] =
    " *\n"
    " * To have a compiler hold the plugin to them, include this in its source, after its own declarations: "
    "one that\n"
    " * differs is an error. The types that are the plugin's own are named before it:\n"
    " *\n"
    " *   #define PLUGIN_SESSION struct session        what \"open\" returns a pointer to: $session\n"
    " *   #define PLUGIN_REPORT  const struct report   what $report points to\n"
    " *   #define PLUGIN_LOG     const struct log      what $log points to\n"
    " */\n"
    "#include <stdbool.h>\n"
    "#include <stddef.h>\n"
    "#include <stdint.h>\n"
    "#include <sys/types.h>\n"
    "\n"
    "#ifndef PLUGIN_SESSION\n"
    "#define PLUGIN_SESSION void\n"
    "#endif\n"
    "#ifndef PLUGIN_REPORT\n"
    "struct report;\n"
    "#define PLUGIN_REPORT const struct report\n"
    "#endif\n"
    "#ifndef PLUGIN_LOG\n"
    "struct log;\n"
    "#define PLUGIN_LOG const struct log\n"
    "#endif\n"
    "\n"
    "#ifdef __cplusplus\n"
    "extern \"C\" {\n"
    "#endif\n";

bool check_prototypes(const struct schema_set *set, FILE *out)
{
    struct printing printing = {.out = out};
    fprintf(out,
            "/* The C functions that the schemas of %s call, as bridge-check --prototypes prints them.\n%s",
            set->address, head);
    check_each_callback(set, print_prototype, &printing);
    if (set->abi_symbol != NULL)
        fprintf(out, "\n/* provider.json: abi_version */\nuint32_t %s(void);\n", set->abi_symbol);
    if (set->library != NULL)
        fprintf(out, "\n/* provider.json: releases what callbacks hand out */\nvoid %s(void *memory);\n",
                set->free_symbol);
    fputs("\n#ifdef __cplusplus\n}\n#endif\n", out);
    free(printing.symbols);
    return !printing.failed && fflush(out) == 0;
}
