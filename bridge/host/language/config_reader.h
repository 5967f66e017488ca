/* SPDX-License-Identifier: Apache-2.0
 *
 * config_reader.h - what the readers of blocks share. For the config_*.c files.
 */
#ifndef HOST_CONFIG_READER_H
#define HOST_CONFIG_READER_H

#include "../../place.h"
#include "config.h"
#include "expression_node.h"
#include "text.h"

struct reader {
    struct config *config;
    const struct schema_set *schemas;
    struct diagnostics *diags;
    const char *file;               /* the one under way */
    struct origin required_version; /* where it was first seen */
};

/* --- config_block.c: bodies and their members --- */

/* A member that a body may have; `refuse` is NULL, or how a message calls what is not supported ("Modules")
 * and what to do instead. */
struct keyword {
    const char *name, *refuse, *advice;
};

typedef void block_visit(struct reader *reader, struct json_object *body, const struct place *place,
                         const char *const *labels);

/* At most so many names stand before a body. */
enum { LABELS_MAX = 2 };

/* Visits each body of a block: objects and arrays of objects, below `labels` levels of names. `form` shows
 * how it is written ("{\"resource\": {TYPE: {NAME: {…}}}}"). */
void blocks_read(struct reader *reader, struct json_object *json, const struct place *place, size_t labels,
                 const char *form, block_visit *visit);

/* Says what is wrong at a place; always false. */
bool reader_refuse(struct reader *reader, const struct place *place, const char *summary, const char *format,
                   ...) __attribute__((format(printf, 4, 5)));

/* Refuses every member that is no keyword, or one that is not supported. `what` is like "a variable". False
 * where there was one. */
bool keywords_check(struct reader *reader, struct json_object *body, const struct place *place,
                    const struct keyword *keywords, size_t count, const char *what);

/* Members of a body: absent and null are NULL, or false. After an error too. An expression may be null. */
struct json_object *body_member(struct json_object *body, const char *name);
char *body_string(struct reader *reader, struct json_object *body, const struct place *place,
                  const char *name);
bool body_boolean(struct reader *reader, struct json_object *body, const struct place *place,
                  const char *name, bool standard);
struct expression *body_expression(struct reader *reader, struct json_object *body, const struct place *place,
                                   const char *name);

/* What stands at a place as an expression (null too). NULL after an error. */
struct expression *place_expression(struct reader *reader, struct json_object *json,
                                    const struct place *place);

/* The addresses in "depends_on". */
void body_depends(struct reader *reader, struct json_object *body, const struct place *place,
                  struct address **addresses, size_t *count);

/* A literal text; NULL after an error. Borrowed. */
const char *literal_text(struct reader *reader, struct json_object *json, const struct place *place,
                         const char *what);

/* An address in a string. False after an error. */
bool address_read(struct reader *reader, struct json_object *json, const struct place *place,
                  struct address *address);

/* Sets an origin; false without memory, which is said. */
bool origin_set(struct reader *reader, const struct place *place, struct origin *origin);

/* Makes room for one more element behind `count`, zeroed. NULL without memory, which is said. */
void *array_extend(struct reader *reader, void *array, size_t count, size_t size);

/* Says what is wrong with what stands at an origin. */
bool origin_refuse(const struct origin *origin, struct diagnostics *diags, const char *summary,
                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* --- the readers of blocks --- */

void terraform_read(struct reader *reader, struct json_object *json, const struct place *place);
void variables_read(struct reader *reader, struct json_object *json, const struct place *place);
void locals_read(struct reader *reader, struct json_object *json, const struct place *place);
void outputs_read(struct reader *reader, struct json_object *json, const struct place *place);
void providers_read(struct reader *reader, struct json_object *json, const struct place *place);
void resources_read(struct reader *reader, struct json_object *json, const struct place *place,
                    enum resource_mode mode);
void imports_read(struct reader *reader, struct json_object *json, const struct place *place);
void moved_read(struct reader *reader, struct json_object *json, const struct place *place);
void removed_read(struct reader *reader, struct json_object *json, const struct place *place);

/* A version constraint of a provider: only its form is checked. NULL is none. */
void provider_version_read(struct reader *reader, struct json_object *json, const struct place *place);

/* --- config_version.c --- */

/* Whether a version fits a constraint (">= 1.5, < 2.0", "~> 1.11"). *valid turns false where it is none. */
bool version_fits(const char *constraint, const char *version, bool *valid);

/* --- config_file.c --- */

/* Reads the *.tf.json files of a directory into config->sources. False after an error. */
bool sources_read(struct config *config, const char *directory, struct diagnostics *diags);

/* The names of a directory's files (of any kind but directories) that are wanted, sorted; the caller frees
 * the names and the list, after an error too. False after an error, also where the directory could be read in
 * part only. */
bool directory_names(const char *directory, bool (*wanted)(const char *name, struct diagnostics *diags),
                     char ***names, size_t *count, struct diagnostics *diags);

bool ends_with(const char *name, const char *ending);

/* Reads a whole file; NULL after an error. *text is NUL-terminated. */
char *file_text(const char *path, const char *name, size_t *length, struct diagnostics *diags);

/* Parses JSON text; *value may be NULL (null). False after an error that names file, line and column. */
bool json_read(const char *text, size_t length, const char *name, struct json_object **value,
               struct diagnostics *diags);

/* --- config_sort.c --- */

/* Sorts what has names, and refuses what is there twice. */
void config_sort(struct reader *reader);

/* --- config_check.c and config_reference.c --- */

/* Checks what hangs together once all files are read. */
void config_check(struct reader *reader);

/* Checks the references and calls in an expression (may be NULL). `resource` is what it belongs to, or NULL.
 */
struct use {
    const struct config_resource *resource; /* whose body it is; NULL: of something else */
    bool repetition;                        /* it is the resource's own count or for_each */
    unsigned *hints;                        /* how many more nearest names may be looked for */
};
void references_check(struct reader *reader, const struct use *use, const struct expression *expression);

#endif
