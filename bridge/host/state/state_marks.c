/* SPDX-License-Identifier: Apache-2.0
 *
 * state_marks.c - "sensitive_attributes" of a state file, a list of paths of steps, to and from marks.
 */
#include "state_internal.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 64 };

/* One step of a path: a member's name or an element's index. */
struct step {
    const char *name;
    size_t index;
    bool attribute; /* of an object, not the key of a map */
};

static bool is_string(struct json_object *value, const char *text)
{
    return json_object_is_type(value, json_type_string) && strcmp(value_string(value), text) == 0;
}

/* Reads {"type": "get_attr", "value": NAME} and {"type": "index", "value": {"value": …, "type": …}}. */
static bool read_step(struct json_object *json, struct step *step)
{
    if (!json_object_is_type(json, json_type_object))
        return false;
    struct json_object *value = json_object_object_get(json, "value");
    struct json_object *type = json_object_object_get(json, "type");
    *step = (struct step){.attribute = is_string(type, "get_attr")};
    if (!step->attribute && (!is_string(type, "index") || !json_object_is_type(value, json_type_object)))
        return false;
    if (!step->attribute)
        value = json_object_object_get(value, "value");
    if (json_object_is_type(value, json_type_string)) {
        step->name = value_string(value);
        return true;
    }
    int64_t index = json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : -1;
    step->index = index < 0 ? 0 : (size_t)index;
    /* Nothing has so many elements; an array of marks that long would only eat memory. */
    return !step->attribute && index >= 0 && index < 1000000;
}

/* The marks below a step, in a container of marks that is made where there is none yet. */
static bool set_mark(struct json_object **marks, struct json_object *path, size_t at, const char **problem)
{
    if (at == json_object_array_length(path)) {
        json_object_put(*marks);
        *marks = json_object_new_boolean(true);
        return *marks != NULL;
    }
    struct step step;
    if (!read_step(json_object_array_get_idx(path, at), &step)) {
        *problem = "a step must be {\"type\": \"get_attr\", \"value\": NAME} or {\"type\": \"index\", "
                   "\"value\": {\"value\": KEY, \"type\": TYPE}}";
        return false;
    }
    if (json_object_is_type(*marks, json_type_boolean))
        return true; /* all of it is sensitive already */
    if (*marks == NULL)
        *marks = step.name != NULL ? json_object_new_object() : json_object_new_array();
    if (*marks == NULL)
        return false;
    if (json_object_is_type(*marks, json_type_object) != (step.name != NULL)) {
        *problem = "two paths take the same value for a list and for an object";
        return false;
    }
    struct json_object *below = step.name != NULL ? json_object_object_get(*marks, step.name)
                                                  : json_object_array_get_idx(*marks, step.index);
    below = json_object_get(below);
    if (!set_mark(&below, path, at + 1, problem)) {
        json_object_put(below);
        return false;
    }
    if (step.name != NULL)
        return json_set(*marks, step.name, below);
    if (json_object_array_put_idx(*marks, step.index, below) == 0)
        return true;
    json_object_put(below);
    return false;
}

bool marks_from_paths(struct json_object *paths, struct json_object **marks, const char **problem)
{
    *marks = NULL;
    *problem = NULL;
    for (size_t i = 0; paths != NULL && i < json_object_array_length(paths); i++) {
        struct json_object *path = json_object_array_get_idx(paths, i);
        if (!json_object_is_type(path, json_type_array) || json_object_array_length(path) > STEPS_MAX)
            *problem = "each path must be a list of at most 64 steps";
        if (*problem != NULL || !set_mark(marks, path, 0, problem)) {
            json_object_put(*marks);
            *marks = NULL;
            return false;
        }
    }
    return true;
}

/* --- and back --- */

static bool add_text(struct json_object *object, const char *name, const char *text)
{
    struct json_object *string = json_object_new_string(text);
    return string != NULL && json_set(object, name, string);
}

/* One step as JSON. NULL without memory. */
static struct json_object *write_step(const struct step *step)
{
    struct json_object *json = json_object_new_object();
    if (json == NULL || !add_text(json, "type", step->attribute ? "get_attr" : "index"))
        goto failed;
    if (step->attribute) {
        if (!add_text(json, "value", step->name))
            goto failed;
        return json;
    }
    struct json_object *key = json_object_new_object();
    struct json_object *value =
        step->name != NULL ? json_object_new_string(step->name) : json_object_new_int64((int64_t)step->index);
    if (key == NULL || value == NULL || !json_set(key, "value", value) ||
        !add_text(key, "type", step->name != NULL ? "string" : "number") ||
        !json_set(json, "value", json_object_get(key))) {
        json_object_put(key);
        goto failed;
    }
    json_object_put(key);
    return json;
failed:
    json_object_put(json);
    return NULL;
}

/* A walk over marks: the steps that led here, and the paths found so far. */
struct walk {
    struct step steps[STEPS_MAX];
    struct json_object *paths;
};

static bool add_path(struct walk *walk, size_t depth)
{
    struct json_object *path = json_object_new_array();
    if (path == NULL)
        return false;
    for (size_t i = 0; i < depth; i++) {
        struct json_object *step = write_step(&walk->steps[i]);
        if (step == NULL || json_object_array_add(path, step) != 0) {
            json_object_put(step);
            json_object_put(path);
            return false;
        }
    }
    if (json_object_array_add(walk->paths, path) == 0)
        return true;
    json_object_put(path);
    return false;
}

/* What the schema says of a value: the attributes of an object, or the type of a value (one of them, or none
 * where nothing is known). */
struct shape {
    const struct schema_object *object;
    const struct schema_type *type;
};

static struct shape shape_member(struct shape shape, const char *name)
{
    if (shape.type != NULL && shape.type->kind == TYPE_OBJECT)
        shape.object = shape.type->object;
    if (shape.object != NULL) {
        const struct schema_attribute *attribute = schema_attribute_find(shape.object, name);
        return (struct shape){.type = attribute == NULL ? NULL : &attribute->type};
    }
    return (struct shape){.type = shape.type == NULL ? NULL : shape.type->element};
}

static bool walk_marks(struct walk *walk, struct json_object *marks, struct shape shape, size_t depth)
{
    if (json_object_is_type(marks, json_type_boolean))
        return !json_object_get_boolean(marks) || add_path(walk, depth);
    if (depth == STEPS_MAX || marks == NULL)
        return true;
    if (json_object_is_type(marks, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(marks); i++) {
            walk->steps[depth] = (struct step){.index = i};
            struct shape element = {.type = shape.type == NULL ? NULL : shape.type->element};
            /* An element of a set has no index: the whole set is sensitive. */
            if (shape.type != NULL && shape.type->kind == TYPE_SET) {
                if (marks_any(marks))
                    return add_path(walk, depth);
                return true;
            }
            if (!walk_marks(walk, json_object_array_get_idx(marks, i), element, depth + 1))
                return false;
        }
        return true;
    }
    const char **names = json_sorted_names(marks);
    bool done = names != NULL;
    for (size_t i = 0; done && names[i] != NULL; i++) {
        walk->steps[depth] =
            (struct step){.name = names[i], .attribute = shape.type == NULL || shape.type->kind != TYPE_MAP};
        done = walk_marks(walk, json_object_object_get(marks, names[i]), shape_member(shape, names[i]),
                          depth + 1);
    }
    free(names);
    return done;
}

struct json_object *marks_to_paths(const struct state_instance *instance, const struct schema_object *object)
{
    struct json_object *marks = NULL;
    const char *problem = NULL;
    if (instance->mark_paths != NULL && marks_from_paths(instance->mark_paths, &marks, &problem)) {
        bool same = json_same(marks, instance->marks);
        json_object_put(marks);
        if (same)
            return json_object_get(instance->mark_paths);
    }
    struct walk walk = {.paths = json_object_new_array()};
    if (walk.paths != NULL && walk_marks(&walk, instance->marks, (struct shape){.object = object}, 0))
        return walk.paths;
    json_object_put(walk.paths);
    return NULL;
}
