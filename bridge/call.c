/* SPDX-License-Identifier: Apache-2.0
 *
 * call.c - see call.h. The only file that calls libffi: it lays arguments out, calls, and hands
 * each C value to its row of the type table. What a status means to a resource, its callers say.
 */
#include "call.h"

#include "ctype.h"
#include "value.h"

#include <errno.h>
#include <ffi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct call {
    ffi_cif cif;
    void (*function)(void);
    call_release release;
    ffi_type *types[CALL_MAX_ARGUMENTS];
};

/* For last words only: which function did not come back. */
static _Thread_local const char *volatile under_way;

const char *call_under_way(void)
{
    return under_way;
}

static bool is_out(enum argument_kind kind)
{
    return kind == ARGUMENT_OUT || kind == ARGUMENT_PRIVATE_OUT || kind == ARGUMENT_LIST_OUT ||
           kind == ARGUMENT_STATE_OUT;
}

struct call *call_create(const struct schema_callback *callback, void (*function)(void), call_release release,
                         struct diagnostics *diags)
{
    if (callback->count > CALL_MAX_ARGUMENTS) {
        diagnostics_error(diags, NULL, "Too many arguments",
                          "%s has %zu arguments; a callback has at most %d.", callback->symbol,
                          callback->count, CALL_MAX_ARGUMENTS);
        return NULL;
    }
    struct call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        diagnostics_no_memory(diags);
        return NULL;
    }
    call->function = function;
    call->release = release;
    for (size_t i = 0; i < callback->count; i++) {
        /* libffi takes its types without const, but never writes to them. */
        union {
            const void *from_table;
            ffi_type *to_libffi;
        } type = {.from_table = callback->arguments[i].c_type->ffi};
        call->types[i] = is_out(callback->arguments[i].kind) ? &ffi_type_pointer : type.to_libffi;
    }
    union {
        const void *from_table;
        ffi_type *to_libffi;
    } returned = {.from_table = callback->return_type->ffi};
    if (ffi_prep_cif(&call->cif, FFI_DEFAULT_ABI, (unsigned)callback->count, returned.to_libffi,
                     call->types) != FFI_OK) {
        diagnostics_error(diags, NULL, "Callback can't be called",
                          "libffi refuses the argument types of %s. This is a bug of the bridge.",
                          callback->symbol);
        free(call);
        return NULL;
    }
    return call;
}

void call_destroy(struct call *call)
{
    free(call);
}

static void report_add(const struct call_report *report, int severity, const char *attribute,
                       const char *summary, const char *detail)
{
    diagnostics_add(report->diags, severity == SEVERITY_WARNING ? SEVERITY_WARNING : SEVERITY_ERROR,
                    attribute, summary != NULL && *summary != '\0' ? summary : "The plugin gave no summary",
                    detail != NULL ? detail : "");
}

void call_report_init(struct call_frame *frame, struct diagnostics *diags)
{
    frame->report.add = report_add;
    frame->report.diags = diags;
}

void call_frame_clear(struct call_frame *frame)
{
    json_object_put(frame->outputs);
    json_object_put(frame->list);
    json_object_put(frame->state);
    free(frame->private_out);
    frame->outputs = frame->list = frame->state = NULL;
    frame->private_out = NULL;
}

/* The member of an object, NULL where there is none. The tree is only read. */
static const struct json_object *member(const struct json_object *object, const char *name)
{
    struct json_object *value = NULL;
    if (object != NULL)
        json_object_object_get_ex(object, name, &value);
    return value;
}

static const struct json_object *input_value(const struct schema_argument *argument,
                                             const struct call_frame *frame)
{
    switch (argument->kind) {
    case ARGUMENT_IN:
        return member(frame->object, argument->attribute->name);
    case ARGUMENT_PRIOR:
        return member(frame->prior, argument->attribute->name);
    case ARGUMENT_LITERAL:
        return argument->literal;
    default:
        return NULL;
    }
}

/* Frames hold borrowed strings as const; a C argument is a plain pointer. */
static void *argument_pointer(const void *borrowed)
{
    union {
        const void *borrowed;
        void *pointer;
    } cast = {.borrowed = borrowed};
    return cast.pointer;
}

void call_cancel(const struct schema_callback *cancel, void *session, const struct call_report *report)
{
    union c_value values[CALL_MAX_ARGUMENTS];
    void *arguments[CALL_MAX_ARGUMENTS];
    union c_value returned = {0};
    for (size_t i = 0; i < cancel->count; i++) {
        enum argument_kind kind = cancel->arguments[i].kind;
        values[i].word = 0;
        if (kind == ARGUMENT_SESSION)
            values[i].pointer = session;
        else if (kind == ARGUMENT_REPORT)
            values[i].pointer = argument_pointer(report);
        arguments[i] = &values[i];
    }
    ffi_call(&cancel->call->cif, cancel->call->function, &returned, arguments);
}

bool call_arguments_known(const struct schema_callback *callback, const struct call_frame *frame)
{
    for (size_t i = 0; i < callback->count; i++)
        if (value_has_unknown(input_value(&callback->arguments[i], frame)))
            return false;
    return true;
}

bool call_uses(const struct schema_callback *callback, enum argument_kind kind)
{
    for (size_t i = 0; i < callback->count; i++)
        if (callback->arguments[i].kind == kind)
            return true;
    return false;
}

bool call_hands_out(const struct schema_callback *callback, const struct schema_attribute *attribute)
{
    if (callback->return_attribute == attribute)
        return true;
    for (size_t i = 0; i < callback->count; i++)
        if (callback->arguments[i].kind == ARGUMENT_OUT && callback->arguments[i].attribute == attribute)
            return true;
    return false;
}

/* Lays one argument out. False after an error; then nothing of it needs releasing. */
static bool argument_set(const struct schema_callback *callback, const struct schema_argument *argument,
                         const struct call_frame *frame, union c_value *value)
{
    switch (argument->kind) {
    case ARGUMENT_SESSION:
        value->pointer = frame->session;
        return true;
    case ARGUMENT_REPORT:
        value->pointer = argument_pointer(&frame->report);
        return true;
    case ARGUMENT_LOG:
        value->pointer = argument_pointer(frame->log);
        return true;
    case ARGUMENT_OPERATION:
        value->pointer = argument_pointer(frame->operation);
        return true;
    case ARGUMENT_PRIVATE_IN:
        value->pointer = argument_pointer(frame->private_in);
        return true;
    case ARGUMENT_STATE_IN:
        value->pointer = argument_pointer(frame->state_in);
        return true;
    case ARGUMENT_VERSION:
        value->i64 = frame->version;
        return true;
    case ARGUMENT_OUT:
    case ARGUMENT_PRIVATE_OUT:
    case ARGUMENT_LIST_OUT:
    case ARGUMENT_STATE_OUT:
        return true;
    case ARGUMENT_IN:
    case ARGUMENT_PRIOR:
    case ARGUMENT_LITERAL:
        break;
    }
    char *problem = NULL;
    const struct schema_attribute *attribute = argument->attribute;
    const struct json_object *given = input_value(argument, frame);
    /* An old value that does not exist has no default to stand for it: a scalar is zero then. */
    if (argument->kind == ARGUMENT_PRIOR && given == NULL) {
        value->word = 0;
        return true;
    }
    if (value_has_unknown(given)) {
        diagnostics_error(frame->report.diags, attribute->name, "Value is not known yet",
                          "%s needs a known value. This is a bug of the host.", callback->symbol);
        return false;
    }
    if (c_value_from_json(argument->c_type, attribute != NULL ? &attribute->type : NULL, given, value,
                          &problem))
        return true;
    if (problem == NULL)
        diagnostics_no_memory(frame->report.diags);
    else
        diagnostics_error(frame->report.diags, attribute != NULL ? attribute->name : NULL,
                          "Value can't be passed to the plugin", "%s: %s", callback->symbol, problem);
    free(problem);
    return false;
}

static void broken_contract(const struct schema_callback *callback, const char *name, const char *problem,
                            struct diagnostics *diags)
{
    diagnostics_error(
        diags, NULL, "The plugin broke its contract",
        "%s handed out %s%s%s: %s. This is a bug of the plugin; please report it to its authors.",
        callback->symbol, name != NULL ? "\"" : "", name != NULL ? name : "a value", name != NULL ? "\"" : "",
        problem != NULL ? problem : "no memory");
}

static bool output_store(const struct schema_callback *callback, const struct schema_attribute *attribute,
                         const struct c_type *row, const union c_value *value, bool returned,
                         struct call_frame *frame)
{
    struct json_object *json = NULL;
    char *problem = NULL;
    bool ok = c_value_to_json(row, &attribute->type, value, returned, &json, &problem);
    if (!ok)
        broken_contract(callback, attribute->name, problem, frame->report.diags);
    free(problem);
    /* The name outlives the frame, and no attribute is taken out twice. */
    if (ok && json_object_object_add_ex(frame->outputs, attribute->name, json,
                                        JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY) != 0) {
        json_object_put(json);
        diagnostics_no_memory(frame->report.diags);
        ok = false;
    }
    return ok;
}

/* JSON text that is no attribute: `&$list` must be an array, `&$state` an object. */
static bool document_store(const struct schema_callback *callback, const char *name, const char *text,
                           enum json_type type, struct json_object **document, struct diagnostics *diags)
{
    *document = NULL;
    if (text == NULL)
        return true;
    char *problem = NULL;
    if (!value_from_text(text, strlen(text), document, &problem)) {
        broken_contract(callback, name, problem, diags);
        free(problem);
        return false;
    }
    if (*document != NULL && json_object_is_type(*document, type))
        return true;
    json_object_put(*document);
    *document = NULL;
    broken_contract(callback, name, type == json_type_array ? "not a JSON array" : "not a JSON object",
                    diags);
    return false;
}

/* Collects one out argument and releases what the plugin allocated. */
static bool output_collect(const struct schema_callback *callback, const struct schema_argument *argument,
                           union c_value *value, struct call_frame *frame)
{
    bool ok = true;
    switch (argument->kind) {
    case ARGUMENT_OUT:
        ok = output_store(callback, argument->attribute, argument->c_type, value, false, frame);
        break;
    case ARGUMENT_PRIVATE_OUT:
        if (value->pointer != NULL && (frame->private_out = strdup(value->pointer)) == NULL) {
            diagnostics_no_memory(frame->report.diags);
            ok = false;
        }
        break;
    case ARGUMENT_LIST_OUT:
        ok = document_store(callback, "$list", value->pointer, json_type_array, &frame->list,
                            frame->report.diags);
        break;
    case ARGUMENT_STATE_OUT:
        ok = document_store(callback, "$state", value->pointer, json_type_object, &frame->state,
                            frame->report.diags);
        break;
    default:
        return true;
    }
    if ((argument->c_type->family == C_TEXT || argument->c_type->family == C_JSON) && value->pointer != NULL)
        callback->call->release(value->pointer);
    return ok;
}

static enum call_outcome outcome_of_errno(const struct schema_callback *callback, int error,
                                          struct diagnostics *diags)
{
    char text[128];
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return CALL_GONE;
    case EEXIST:
        return CALL_EXISTS;
    default:
        diagnostics_error(diags, NULL, "The operation failed", "%s: %s (errno %d).", callback->symbol,
                          strerror_r(error, text, sizeof text), error);
        return CALL_FAILED;
    }
}

static int64_t returned_integer(const struct schema_callback *callback, const union c_value *returned)
{
    /* libffi widens integers to a whole register. */
    switch (callback->return_type->size) {
    case 1:
        return returned->i8;
    case 2:
        return returned->i16;
    case 4:
        return returned->i32;
    default:
        return returned->i64;
    }
}

/* What the returned value says. reported: the callback reported an error of its own. */
static enum call_outcome outcome_of(const struct schema_callback *callback, union c_value *returned,
                                    int error, bool reported, struct call_frame *frame)
{
    struct diagnostics *diags = frame->report.diags;
    switch (callback->returns) {
    case RETURN_STATUS: {
        int64_t status = returned_integer(callback, returned);
        if (status == 0)
            return CALL_DONE;
        frame->status = status >= INT32_MIN && status <= INT32_MAX ? (int)status : -1;
        if (status == 1)
            return CALL_GONE;
        diags->status = frame->status;
        if (!reported)
            diagnostics_error(diags, NULL, "The operation failed",
                              "%s returned status %d and reported no error.", callback->symbol,
                              frame->status);
        return CALL_FAILED;
    }
    case RETURN_ERRNO: {
        if (returned_integer(callback, returned) != -1)
            return CALL_DONE;
        frame->status = error;
        return outcome_of_errno(callback, error, diags);
    }
    case RETURN_POINTER:
        frame->pointer = returned->pointer;
        if (returned->pointer != NULL)
            return CALL_DONE;
        if (!reported)
            diagnostics_error(diags, NULL, "The operation failed", "%s returned NULL and reported no error.",
                              callback->symbol);
        return CALL_FAILED;
    case RETURN_VALUE: {
        bool ok =
            callback->return_attribute == NULL ||
            output_store(callback, callback->return_attribute, callback->return_type, returned, true, frame);
        bool text = callback->return_type->family == C_TEXT || callback->return_type->family == C_JSON;
        if (text && callback->return_owned && returned->pointer != NULL)
            callback->call->release(returned->pointer);
        return ok ? CALL_DONE : CALL_INVALID;
    }
    case RETURN_NONE:
        return CALL_DONE;
    }
    return CALL_INVALID;
}

enum call_outcome call_run(const struct schema_callback *callback, struct call_frame *frame)
{
    union c_value values[CALL_MAX_ARGUMENTS];
    void *out_pointers[CALL_MAX_ARGUMENTS], *arguments[CALL_MAX_ARGUMENTS];
    union c_value returned = {0};
    enum call_outcome outcome = CALL_INVALID;
    size_t set = 0;

    if (callback->call == NULL) {
        diagnostics_error(frame->report.diags, NULL, "Callback is not bound",
                          "%s was called before its library was loaded. This is a bug of the host.",
                          callback->symbol);
        return CALL_INVALID;
    }
    if (frame->outputs == NULL && (frame->outputs = json_object_new_object()) == NULL) {
        diagnostics_no_memory(frame->report.diags);
        return CALL_INVALID;
    }
    for (; set < callback->count; set++) {
        const struct schema_argument *argument = &callback->arguments[set];
        values[set].word = 0;
        if (!argument_set(callback, argument, frame, &values[set]))
            goto release;
        out_pointers[set] = &values[set];
        arguments[set] = is_out(argument->kind) ? (void *)&out_pointers[set] : (void *)&values[set];
    }
    struct diagnostics *diags = frame->report.diags;
    bool earlier_error = diags->has_error;
    diags->has_error = false;
    under_way = callback->symbol;
    errno = 0;
    ffi_call(&callback->call->cif, callback->call->function, &returned, arguments);
    int error = errno;
    bool reported = diags->has_error;
    diags->has_error = reported || earlier_error;

    bool collected = true;
    for (size_t i = 0; i < callback->count; i++)
        if (is_out(callback->arguments[i].kind))
            collected = output_collect(callback, &callback->arguments[i], &values[i], frame) && collected;
    outcome = outcome_of(callback, &returned, error, reported, frame);
    under_way = NULL;
    frame->succeeded = outcome == CALL_DONE;
    if (!collected && outcome != CALL_FAILED)
        outcome = CALL_INVALID;

release:
    for (size_t i = 0; i < set; i++) {
        enum argument_kind kind = callback->arguments[i].kind;
        if (kind == ARGUMENT_IN || kind == ARGUMENT_PRIOR || kind == ARGUMENT_LITERAL)
            c_value_release(callback->arguments[i].c_type, &values[i]);
    }
    return outcome;
}
