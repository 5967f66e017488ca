/* SPDX-License-Identifier: Apache-2.0
 *
 * ui_json.c - the machine-readable lines: one JSON object each, with the types and members of Terraform's.
 * What a line could not be made of for want of memory is left out, and noted (output.h).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "../../value.h"
#include "output.h"
#include "snippet.h"
#include "ui.h"

static void add_count(struct json_object *object, const char *name, size_t count)
{
    member_add(object, name, made(json_object_new_uint64(count)));
}

/* A line, started; `message` is what people would read. */
static struct json_object *line_new(const char *level, const char *message)
{
    struct json_object *line = made(json_object_new_object());
    struct timeval now;
    struct tm utc;
    char date[32] = "", text[48];
    if (!line)
        return NULL;
    gettimeofday(&now, NULL);
    if (gmtime_r(&now.tv_sec, &utc))
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text, sizeof(text), "%s.%06ldZ", date, (long)now.tv_usec);
    member_add_text(line, "@level", level);
    member_add_text(line, "@message", message);
    member_add_text(line, "@module", "terraform.ui");
    member_add_text(line, "@timestamp", text);
    return line;
}

/* Prints a line, with one member and its type, and frees it. */
static void line_end(struct json_object *line, const char *name, struct json_object *value, const char *type)
{
    if (name)
        member_add(line, name, value);
    member_add_text(line, "type", type);
    if (line) {
        output_json(stdout, line);
        fputc('\n', stdout);
    }
    fflush(stdout); /* those who read along wait for the line */
    json_object_put(line);
}

static void print_indented(FILE *out, struct json_object *value, int indent)
{
    bool array = json_object_is_type(value, json_type_array), first = true;
    if (json_object_is_type(value, json_type_object) && json_object_object_length(value) &&
        !value_is_unknown(value)) {
        fputs("{", out);
        json_object_object_foreach(value, name, member)
        {
            struct json_object *text = made(json_object_new_string(name));
            fprintf(out, "%s\n%*s", first ? "" : ",", indent + 2, "");
            output_json(out, text);
            fputs(": ", out);
            json_object_put(text);
            print_indented(out, member, indent + 2);
            first = false;
        }
        fprintf(out, "\n%*s}", indent, "");
    } else if (array && json_object_array_length(value)) {
        fputs("[", out);
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            fprintf(out, "%s\n%*s", i ? "," : "", indent + 2, "");
            print_indented(out, json_object_array_get_idx(value, i), indent + 2);
        }
        fprintf(out, "\n%*s]", indent, "");
    } else {
        output_json(out, value);
    }
}

void print_json_document(struct json_object *document, bool indented)
{
    if (indented)
        print_indented(stdout, document, 0);
    else
        output_json(stdout, document);
    fputc('\n', stdout);
}

/* --- resources --- */

static struct json_object *resource_new(const struct address *address)
{
    struct json_object *resource = made(json_object_new_object());
    char *text = address_text(address, false);
    if (!text)
        output_lose();
    member_add_text(resource, "addr", text);
    member_add_text(resource, "module", "");
    member_add_text(resource, "resource", text);
    /* The provider's local name is what its types begin with, unless a configuration says otherwise. */
    char *provider = strndup(address->type, strcspn(address->type, "_"));
    if (!provider)
        output_lose();
    member_add_text(resource, "implied_provider", provider);
    member_add_text(resource, "resource_type", address->type);
    member_add_text(resource, "resource_name", address->name);
    member_add(resource, "resource_key", json_object_get(address->key));
    free(provider);
    free(text);
    return resource;
}

/* The word for an action in these lines. */
static const char *word_of(enum action action)
{
    switch (action) {
    case ACTION_CREATE:
        return "create";
    case ACTION_READ:
        return "read";
    case ACTION_UPDATE:
        return "update";
    case ACTION_DELETE:
        return "delete";
    case ACTION_DELETE_THEN_CREATE:
    case ACTION_CREATE_THEN_DELETE:
        return "replace";
    case ACTION_FORGET:
        return "remove";
    default:
        return "noop";
    }
}

static const char *reason_word(enum reason reason)
{
    switch (reason) {
    case REASON_TAINTED:
        return "tainted";
    case REASON_REQUESTED:
        return "requested";
    case REASON_CANNOT_UPDATE:
        return "cannot_update";
    default:
        return reason_name(reason);
    }
}

/* --- lines --- */

void json_version(const struct invocation *invocation)
{
    char *message = NULL;
    if (asprintf(&message, "%s %s", invocation->program, PROJECT_VERSION) < 0) {
        output_lose();
        return;
    }
    struct json_object *line = line_new("info", message);
    member_add_text(line, "terraform", FORMAT_OF_TERRAFORM);
    member_add_text(line, "ui", "1.2");
    line_end(line, NULL, NULL, "version");
    free(message);
}

void json_lock_wait(const char *text)
{
    struct json_object *line = line_new("info", text);
    line_end(line, NULL, NULL, "state_lock_acquire");
}

static struct json_object *position_new(size_t line, size_t column, size_t byte)
{
    struct json_object *position = made(json_object_new_object());
    add_count(position, "line", line);
    add_count(position, "column", column);
    add_count(position, "byte", byte);
    return position;
}

static void add_snippet(struct json_object *object, const char *file, const struct snippet *snippet)
{
    struct json_object *range = made(json_object_new_object()), *code = made(json_object_new_object());
    member_add_text(range, "filename", file);
    member_add(range, "start", position_new(snippet->line, snippet->column, snippet->offset));
    member_add(range, "end", position_new(snippet->line, snippet->end_column, snippet->end_offset));
    member_add(object, "range", range);
    member_add_text(code, "context", snippet->context);
    member_add_text(code, "code", snippet->code);
    add_count(code, "start_line", snippet->line);
    add_count(code, "highlight_start_offset", snippet->highlight);
    add_count(code, "highlight_end_offset", snippet->highlight_end);
    member_add(code, "values", made(json_object_new_array()));
    member_add(object, "snippet", code);
}

struct json_object *json_of_diagnostic(const struct config *config, const struct diagnostic *diagnostic)
{
    struct json_object *object = made(json_object_new_object());
    struct snippet snippet;
    member_add_text(object, "severity", diagnostic->severity == SEVERITY_ERROR ? "error" : "warning");
    member_add_text(object, "summary", diagnostic->summary);
    member_add_text(object, "detail", diagnostic->detail);
    if (diagnostic->address)
        member_add_text(object, "address", diagnostic->address);
    if (snippet_find(config, diagnostic, &snippet))
        add_snippet(object, diagnostic->file, &snippet);
    snippet_clear(&snippet);
    return object;
}

void json_diagnostic(const struct config *config, const struct diagnostic *diagnostic)
{
    bool error = diagnostic->severity == SEVERITY_ERROR;
    char *message = NULL;
    if (asprintf(&message, "%s: %s", error ? "Error" : "Warning", diagnostic->summary) < 0) {
        output_lose();
        return;
    }
    line_end(line_new(error ? "error" : "warn", message), "diagnostic",
             json_of_diagnostic(config, diagnostic), "diagnostic");
    free(message);
}

static void change_line(const struct change *change, bool drift)
{
    struct json_object *object = made(json_object_new_object());
    char *address = address_text(&change->address, false), *message = NULL;
    enum action action = change->action;
    bool moved = action == ACTION_NONE && change->moved_from,
         imported = action == ACTION_NONE && change->import_id;
    const char *word = moved ? "move" : imported ? "import" : word_of(action);
    if (asprintf(&message, drift ? "%s: Drift detected (%s)" : "%s: Plan to %s", address ? address : "",
                 word) < 0) {
        output_lose();
        message = NULL;
    }
    member_add(object, "resource", resource_new(&change->address));
    if (change->moved_from)
        member_add(object, "previous_resource", resource_new(change->moved_from));
    member_add_text(object, "action", word);
    if (reason_word(change->reason) && !drift)
        member_add_text(object, "reason", reason_word(change->reason));
    if (change->import_id) {
        struct json_object *importing = made(json_object_new_object());
        member_add_text(importing, "id", change->import_id);
        member_add(object, "importing", importing);
    }
    line_end(line_new("info", message ? message : ""), "change", object,
             drift ? "resource_drift" : "planned_change");
    free(message);
    free(address);
}

static void summary_line(const char *message, size_t add_count_, size_t change, size_t import, size_t removed,
                         const char *operation)
{
    struct json_object *changes = made(json_object_new_object());
    add_count(changes, "add", add_count_);
    add_count(changes, "change", change);
    add_count(changes, "import", import);
    add_count(changes, "remove", removed);
    member_add_text(changes, "operation", operation);
    line_end(line_new("info", message), "changes", changes, "change_summary");
}

static void outputs_line(struct json_object *outputs)
{
    char message[48];
    snprintf(message, sizeof(message), "Outputs: %d", outputs ? json_object_object_length(outputs) : 0);
    line_end(line_new("info", message), "outputs", outputs, "outputs");
}

void json_plan(const struct changes *changes)
{
    char message[128], import[40] = "";
    for (size_t i = 0; i < changes->drift_count; i++)
        if (changes->drift[i].action != ACTION_NONE || changes->mode == PLAN_REFRESH_ONLY)
            change_line(&changes->drift[i], true);
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->items[i];
        bool data_gone = change->action == ACTION_DELETE && change->address.mode == MODE_DATA;
        if (!data_gone && (change->action != ACTION_NONE || change->moved_from || change->import_id))
            change_line(change, false);
    }
    if (changes->import)
        snprintf(import, sizeof(import), "%zu to import, ", changes->import);
    snprintf(message, sizeof(message), "Plan: %s%zu to add, %zu to change, %zu to destroy.", import,
             changes->add, changes->change, changes->destroy);
    summary_line(message, changes->add, changes->change, changes->import, changes->destroy, "plan");
    struct json_object *outputs = made(json_object_new_object());
    for (size_t i = 0; i < changes->output_count; i++) {
        struct json_object *output = made(json_object_new_object());
        member_add(output, "sensitive", made(json_object_new_boolean(changes->outputs[i].sensitive)));
        member_add_text(output, "action", word_of(changes->outputs[i].action));
        member_add(outputs, changes->outputs[i].name, output);
    }
    if (changes->output_count)
        outputs_line(outputs);
    else
        json_object_put(outputs);
}

void json_applied(const struct apply_result *result, const struct state *state, bool destroy)
{
    char message[160], import[40] = "";
    if (result->imported)
        snprintf(import, sizeof(import), "%zu imported, ", result->imported);
    if (destroy)
        snprintf(message, sizeof(message), "Destroy complete! Resources: %zu destroyed.", result->destroyed);
    else
        snprintf(message, sizeof(message),
                 "Apply complete! Resources: %s%zu added, %zu changed, %zu destroyed.", import, result->added,
                 result->changed, result->destroyed);
    summary_line(message, result->added, result->changed, result->imported, result->destroyed,
                 destroy ? "destroy" : "apply");
    struct json_object *outputs = made(json_object_new_object());
    for (size_t i = 0; i < state->output_count; i++) {
        const struct state_output *from = &state->outputs[i];
        struct json_object *output = made(json_object_new_object());
        member_add(output, "sensitive", made(json_object_new_boolean(from->sensitive)));
        member_add(output, "type", json_object_get(from->value.type));
        if (!from->sensitive)
            member_add(output, "value", json_object_get(from->value.value));
        member_add(outputs, from->name, output);
    }
    outputs_line(outputs);
}

/* --- events --- */

struct words {
    const char *start, *still, *done, *failed;
};

static const struct words *words_of(enum action action)
{
    static const struct words create = {"Creating...", "creating", "Creation complete", "Creation errored"},
                              update = {"Modifying...", "modifying", "Modifications complete",
                                        "Modifications errored"},
                              destroy = {"Destroying...", "destroying", "Destruction complete",
                                         "Destruction errored"},
                              read = {"Refreshing...", "refreshing", "Refresh complete", "Refresh errored"};
    return action == ACTION_CREATE   ? &create
           : action == ACTION_UPDATE ? &update
           : action == ACTION_READ   ? &read
                                     : &destroy;
}

/* What an event is called, and its message without the ID behind it. */
static const char *describe(const struct event *event, const char *address, char **message)
{
    const struct words *words = words_of(event->action);
    char elapsed[32];
    const char *type = NULL;
    int length = -1;
    duration_text(event->elapsed, elapsed, sizeof(elapsed));
    switch (event->kind) {
    case EVENT_REFRESH_START:
        type = "refresh_start";
        length = asprintf(message, "%s: Refreshing state...", address);
        break;
    case EVENT_REFRESH_DONE:
        type = "refresh_complete";
        length = asprintf(message, "%s: Refresh complete", address);
        break;
    case EVENT_READ_START:
    case EVENT_APPLY_START:
        type = "apply_start";
        length = asprintf(message, "%s: %s", address, words->start);
        break;
    case EVENT_READ_DONE:
    case EVENT_APPLY_DONE:
        type = "apply_complete";
        length = asprintf(message, "%s: %s after %s", address, words->done, elapsed);
        break;
    case EVENT_APPLY_PROGRESS:
        type = "apply_progress";
        length = asprintf(message, "%s: Still %s... [%s elapsed]", address, words->still, elapsed);
        break;
    case EVENT_APPLY_FAILED:
        type = "apply_errored";
        length = asprintf(message, "%s: %s after %s", address, words->failed, elapsed);
        break;
    default:
        break;
    }
    if (length < 0)
        *message = NULL;
    if (length < 0 && type)
        output_lose();
    return type;
}

void json_event(const struct event *event)
{
    struct event copy = *event;
    char *address = event->address ? address_text(event->address, false) : NULL, *message = NULL,
         *whole = NULL;
    if (event->kind == EVENT_READ_START || event->kind == EVENT_READ_DONE)
        copy.action = ACTION_READ;
    if (event->address && !address)
        output_lose();
    const char *type = address ? describe(&copy, address, &message) : NULL;
    bool refresh = event->kind == EVENT_REFRESH_START || event->kind == EVENT_REFRESH_DONE;
    bool timed = event->kind == EVENT_APPLY_PROGRESS || event->kind == EVENT_APPLY_DONE ||
                 event->kind == EVENT_APPLY_FAILED || event->kind == EVENT_READ_DONE;
    bool gone = event->kind == EVENT_APPLY_DONE && event->action == ACTION_DELETE;
    bool with_id =
        event->id_value && !gone && event->kind != EVENT_APPLY_FAILED && event->kind != EVENT_APPLY_PROGRESS;
    if (type && message && with_id &&
        asprintf(&whole, "%s [%s=%s]", message, event->id_key, event->id_value) < 0) {
        output_lose();
        whole = NULL;
    }
    if (type && message) {
        struct json_object *hook = made(json_object_new_object());
        member_add(hook, "resource", resource_new(event->address));
        if (!refresh)
            member_add_text(hook, "action", word_of(copy.action));
        if (with_id) {
            member_add_text(hook, "id_key", event->id_key);
            member_add_text(hook, "id_value", event->id_value);
        }
        if (timed)
            add_count(hook, "elapsed_seconds", event->elapsed);
        line_end(line_new("info", whole ? whole : message), "hook", hook, type);
    }
    free(whole);
    free(message);
    free(address);
}
