/* SPDX-License-Identifier: Apache-2.0
 *
 * message.c - diagnostics and attribute paths as messages of the protocol. Schemas are
 * message_schema.c's part.
 */
#include "message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void *message_new(struct arena *arena, const ProtobufCMessageDescriptor *descriptor)
{
    void *message = arena_alloc(arena, descriptor->sizeof_message);
    if (message)
        protobuf_c_message_init(descriptor, message);
    return message;
}

void *message_array(struct arena *arena, size_t count, const ProtobufCMessageDescriptor *descriptor)
{
    void **array = count ? arena_zeroed(arena, count, sizeof *array) : NULL;
    for (size_t i = 0; array && i < count; i++) {
        array[i] = message_new(arena, descriptor);
        if (!array[i])
            array = NULL;
    }
    return array;
}

/* Takes the next part of a pointer, "/a~1b/0" say, into `part` unescaped; false at its end. */
static bool next_part(const char **pointer, char *part)
{
    const char *at = *pointer;
    if (*at != '/')
        return false;
    for (at++; *at && *at != '/'; at++) {
        char c = *at;
        if (c == '~' && (at[1] == '0' || at[1] == '1'))
            c = *++at == '0' ? '~' : '/';
        *part++ = c;
    }
    *part = '\0';
    *pointer = at;
    return true;
}

/* One step from a value of *type, which moves on to what the step leads to. False where none does; the step
 * is then not to be used. */
static bool path_step(struct arena *arena, const struct schema_type **type, const char *part,
                      Tfplugin6__AttributePath__Step *step)
{
    const struct schema_attribute *attribute = NULL;
    char *end = NULL;
    switch ((*type)->kind) {
    case TYPE_OBJECT:
        attribute = schema_attribute_find((*type)->object, part);
        if (!attribute)
            return false;
        *type = &attribute->type;
        step->selector_case = TFPLUGIN6__ATTRIBUTE_PATH__STEP__SELECTOR_ATTRIBUTE_NAME;
        step->attribute_name = attribute->name;
        return true;
    case TYPE_MAP:
        *type = (*type)->element;
        step->selector_case = TFPLUGIN6__ATTRIBUTE_PATH__STEP__SELECTOR_ELEMENT_KEY_STRING;
        step->element_key_string = arena_text(arena, part, strlen(part));
        return step->element_key_string != NULL;
    case TYPE_LIST:
        errno = 0;
        step->element_key_int = strtoll(part, &end, 10);
        if (end == part || *end || errno || step->element_key_int < 0)
            return false;
        *type = (*type)->element;
        step->selector_case = TFPLUGIN6__ATTRIBUTE_PATH__STEP__SELECTOR_ELEMENT_KEY_INT;
        return true;
    default: /* a set's elements have no position, and the others none at all */
        return false;
    }
}

Tfplugin6__AttributePath *message_path(struct arena *arena, const struct schema_object *object,
                                       const char *pointer)
{
    if (!object || !pointer)
        return NULL;
    size_t capacity = 0;
    for (const char *at = pointer; *at; at++)
        capacity += *at == '/';
    char *part = arena_alloc(arena, strlen(pointer) + 1);
    Tfplugin6__AttributePath *path = message_new(arena, &tfplugin6__attribute_path__descriptor);
    Tfplugin6__AttributePath__Step **steps =
        message_array(arena, capacity, &tfplugin6__attribute_path__step__descriptor);
    if (!part || !path || !steps)
        return NULL;
    struct schema_type whole = {.kind = TYPE_OBJECT, .object = (struct schema_object *)object};
    const struct schema_type *type = &whole;
    size_t count = 0;
    while (next_part(&pointer, part) && path_step(arena, &type, part, steps[count]))
        count++;
    path->steps = steps;
    path->n_steps = count;
    return count ? path : NULL;
}

Tfplugin6__Diagnostic **message_diagnostics(struct arena *arena, const struct diagnostics *diags,
                                            const struct schema_object *object, size_t *count)
{
    Tfplugin6__Diagnostic **list = message_array(arena, diags->count, &tfplugin6__diagnostic__descriptor);
    *count = list ? diags->count : 0;
    for (size_t i = 0; i < *count; i++) {
        const struct diagnostic *diag = &diags->items[i];
        list[i]->severity = diag->severity == SEVERITY_WARNING ? TFPLUGIN6__DIAGNOSTIC__SEVERITY__WARNING
                                                               : TFPLUGIN6__DIAGNOSTIC__SEVERITY__ERROR;
        list[i]->summary = diag->summary;
        list[i]->detail = diag->detail;
        list[i]->attribute = message_path(arena, object, diag->attribute);
    }
    return list;
}
