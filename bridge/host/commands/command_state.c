/* SPDX-License-Identifier: Apache-2.0
 *
 * command_state.c - state list, show, mv and rm: what the state holds, looked at and put in order, without
 * asking the provider anything.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"

/* What these commands have in common. */
struct session {
    struct backend_options backend;
    struct workspace workspace;
    bool no_color, dry_run;
};

static bool read_address(const char *text, struct address *address, struct diagnostics *diags)
{
    char *problem = NULL;
    if (address_parse(text, address, &problem))
        return true;
    if (problem == NULL)
        diagnostics_no_memory(diags);
    else
        diagnostics_error(diags, NULL, "Invalid address", "\"%s\" is no address of a resource: %s.", text,
                          problem);
    free(problem);
    return false;
}

static int finish(struct invocation *invocation, struct session *session, struct diagnostics *diags)
{
    bool failed = report(invocation, session->workspace.config, diags);
    workspace_close(&session->workspace, diags);
    return report(invocation, NULL, diags) || failed ? EXIT_FAILED : EXIT_DONE;
}

/* The address of an instance, sharing what the two hold. */
static struct address address_of(const struct state_resource *resource, const struct state_instance *instance)
{
    struct address address = resource->address;
    address.key = instance->key;
    return address;
}

/* Whether an instance is there, be it with deposed objects alone. */
static bool is_there(const struct state *state, const struct address *wanted)
{
    const struct state_resource *resource = state_resource_find(state, wanted);
    for (size_t i = 0; resource != NULL && i < resource->count; i++) {
        struct address address = address_of(resource, resource->instances[i]);
        if (address_compare(&address, wanted) == 0)
            return true;
    }
    return false;
}

/* Whether an object is the last of its instance: each instance is told of once. */
static bool is_last(const struct state_resource *resource, size_t at)
{
    if (at + 1 == resource->count)
        return true;
    struct address address = address_of(resource, resource->instances[at]);
    struct address next = address_of(resource, resource->instances[at + 1]);
    return address_compare(&address, &next) != 0;
}

/* Whether an instance is meant by an address, which may be that of its whole resource. */
static bool is_meant(const struct address *wanted, const struct address *address)
{
    return wanted->key == NULL ? address_same_resource(wanted, address)
                               : address_compare(wanted, address) == 0;
}

static bool print_address(const char *before, const struct address *address, struct diagnostics *diags)
{
    char *text = address_text(address, false);
    if (text == NULL)
        diagnostics_no_memory(diags);
    else
        printf("%s%s\n", before, text);
    free(text);
    return text != NULL;
}

/* Opens the state to look at it; that there is none is an error, as for Terraform. */
static bool look(const struct invocation *invocation, struct session *session, struct diagnostics *diags)
{
    if (!workspace_state(invocation, &session->workspace, &session->backend, NULL, diags))
        return false;
    const struct state *state = session->workspace.state;
    if (*state->lineage != '\0' || state->resource_count > 0)
        return true;
    diagnostics_error(
        diags, NULL, "No state file was found!",
        "State management commands require a state file. Run this command in a directory where \"apply\" "
        "has been run or use the -state flag to point the command to a specific state location.");
    return false;
}

/* --- list --- */

static bool has_id(const struct state_instance *instance, const char *id)
{
    struct json_object *value =
        instance->attributes == NULL ? NULL : json_object_object_get(instance->attributes, "id");
    return json_object_is_type(value, json_type_string) && strcmp(value_string(value), id) == 0;
}

/* Whether any object is there under an address; says so where there is none. */
static bool check_known(const struct state *state, const struct address *wanted, const char *text,
                        struct diagnostics *diags)
{
    if (wanted->key == NULL ? state_resource_find(state, wanted) != NULL : is_there(state, wanted))
        return true;
    if (wanted->key == NULL) {
        diagnostics_error(
            diags, NULL, "Unknown resource",
            "The current state contains no resource %s. If you've just added this resource to the "
            "configuration, you must run \"apply\" first to create the resource's entry in the state.",
            text);
        return false;
    }
    diagnostics_error(
        diags, NULL, "Unknown resource instance",
        "The current state contains no resource instance %s. If you've just added its resource to the "
        "configuration or have changed the count or for_each arguments, you must run \"apply\" first to "
        "update the resource's entry in the state.",
        text);
    return false;
}

/* What an address means, or all. Data sources come first, as Terraform lists them. */
static void print_list(const struct state *state, const struct address *wanted, const char *id,
                       struct diagnostics *diags)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < state->resource_count; i++) {
            const struct state_resource *resource = state->resources[i];
            if ((resource->address.mode == MODE_DATA) != (pass == 0))
                continue;
            for (size_t j = 0; j < resource->count; j++) {
                const struct state_instance *instance = resource->instances[j];
                struct address address = address_of(resource, instance);
                if (is_last(resource, j) && (wanted == NULL || is_meant(wanted, &address)) &&
                    (id == NULL || has_id(instance, id)) && !print_address("", &address, diags))
                    return;
            }
        }
}

static bool read_addresses(int count, char **texts, struct address_list *list, struct diagnostics *diags)
{
    list->items = calloc((size_t)count + 1, sizeof *list->items);
    if (list->items == NULL) {
        diagnostics_no_memory(diags);
        return false;
    }
    for (int i = 0; i < count; i++) {
        if (!read_address(texts[i], &list->items[list->count], diags))
            return false;
        list->count++;
    }
    return true;
}

static int run_list(struct invocation *invocation, int argc, char **argv)
{
    struct session session = {.backend = backend_options_default()};
    struct diagnostics diags = {0};
    struct address_list wanted = {0};
    const char *id = NULL;
    int first = 0, status = EXIT_FAILED;
    const struct option table[] = {
        {"id", OPTION_TEXT, &id, "ID", "only those whose \"id\" is this"},
        {"no-color", OPTION_BOOL, &session.no_color, NULL, "print without colours and boxes"},
        {"state", OPTION_TEXT, &session.backend.state_path, "FILE",
         "the local state file (terraform.tfstate)"},
        {0},
    };
    if (!options_expect(invocation, table, argc, argv, 0, argc, &first, &status))
        return status;
    if (session.no_color)
        style_plain(&invocation->style);
    bool known =
        read_addresses(argc - first, argv + first, &wanted, &diags) && look(invocation, &session, &diags);
    for (size_t i = 0; known && i < wanted.count; i++)
        known = check_known(session.workspace.state, &wanted.items[i], argv[first + (int)i], &diags);
    if (known && wanted.count == 0)
        print_list(session.workspace.state, NULL, id, &diags);
    for (size_t i = 0; known && i < wanted.count; i++)
        print_list(session.workspace.state, &wanted.items[i], id, &diags);
    address_list_clear(&wanted);
    return finish(invocation, &session, &diags);
}

/* --- show --- */

static bool show(struct invocation *invocation, const struct workspace *workspace,
                 const struct address *address, struct diagnostics *diags)
{
    const struct state_instance *instance = state_instance_find(workspace->state, address, NULL);
    if (instance == NULL) {
        diagnostics_error(
            diags, NULL, "No instance found for the given address!",
            "This command requires that the address references one specific instance. To view the "
            "available instances, use \"state list\". Please modify the address to reference a specific "
            "instance.");
        return false;
    }
    const struct schema *schema = schema_find(
        workspace->schemas, address->mode == MODE_DATA ? SCHEMA_DATA_SOURCE : SCHEMA_RESOURCE, address->type);
    if (render_instance(stdout, &invocation->style, schema, address, instance))
        return true;
    diagnostics_no_memory(diags);
    return false;
}

static int run_show(struct invocation *invocation, int argc, char **argv)
{
    struct session session = {.backend = backend_options_default()};
    struct diagnostics diags = {0};
    struct address address = {0};
    int first = 0, status = EXIT_FAILED;
    const struct option table[] = {
        {"no-color", OPTION_BOOL, &session.no_color, NULL, "print without colours and boxes"},
        {"state", OPTION_TEXT, &session.backend.state_path, "FILE",
         "the local state file (terraform.tfstate)"},
        {0},
    };
    if (!options_expect(invocation, table, argc, argv, 1, 1, &first, &status))
        return status;
    if (session.no_color)
        style_plain(&invocation->style);
    if (read_address(argv[first], &address, &diags)) {
        if (look(invocation, &session, &diags))
            show(invocation, &session.workspace, &address, &diags);
        address_clear(&address);
    }
    return finish(invocation, &session, &diags);
}

/* --- rm --- */

/* Opens the state for a change. */
static bool open_state(struct invocation *invocation, struct session *session, const char *operation,
                       struct diagnostics *diags)
{
    if (session->no_color)
        style_plain(&invocation->style);
    session->backend.backup_dated = true;
    return workspace_state(invocation, &session->workspace, &session->backend, operation, diags);
}

/* Removes what an address means, from the end, so that the places of the rest stay. Returns how many. */
static size_t remove_meant(struct session *session, const struct address *wanted, struct diagnostics *diags)
{
    struct state *state = session->workspace.state;
    size_t removed = 0, at = 0;
    const struct state_resource *resource = state_resource_find(state, wanted);
    while (resource != NULL && at < resource->count) {
        const struct state_instance *instance = resource->instances[at];
        struct address address = address_of(resource, instance);
        if (!is_meant(wanted, &address)) {
            at++;
            continue;
        }
        if (is_last(resource, at)) {
            if (!print_address(session->dry_run ? "Would remove " : "Removed ", &address, diags))
                return removed;
            removed++;
        }
        if (session->dry_run) {
            at++;
            continue;
        }
        /* The key goes with the instance; the resource goes with its last one. */
        struct address copy = {0};
        char *deposed = instance->deposed == NULL ? NULL : strdup(instance->deposed);
        if (!address_copy(&copy, &address) || (instance->deposed != NULL && deposed == NULL)) {
            free(deposed);
            diagnostics_no_memory(diags);
            return removed;
        }
        state_instance_remove(state, &copy, deposed);
        resource = state_resource_find(state, wanted);
        address_clear(&copy);
        free(deposed);
    }
    return removed;
}

static bool is_any_there(const struct state *state, const struct address_list *wanted)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const struct address *address = &wanted->items[i];
        if (address->key == NULL ? state_resource_find(state, address) != NULL : is_there(state, address))
            return true;
    }
    return false;
}

static void refuse_none(struct diagnostics *diags)
{
    diagnostics_error(
        diags, NULL, "Invalid target address",
        "No matching objects found. To view the available instances, use \"state list\". Please modify "
        "the address to reference a specific instance.");
}

static void remove_all(struct session *session, const struct address_list *wanted, struct diagnostics *diags)
{
    size_t removed = 0;
    if (!is_any_there(session->workspace.state, wanted)) {
        if (session->dry_run)
            puts("Would have removed nothing.");
        else
            refuse_none(diags);
        return;
    }
    for (size_t i = 0; i < wanted->count; i++)
        removed += remove_meant(session, &wanted->items[i], diags);
    if (session->dry_run || diags->has_error)
        return;
    if (backend_save(session->workspace.backend, session->workspace.state, diags))
        printf("Successfully removed %zu resource instance(s).\n", removed);
}

/* The options of every command that changes the state, behind -backup and its own -dry-run. */
#define CHANGE_OPTIONS(session)                                                                              \
    {"lock", OPTION_BOOL, &(session)->backend.lock, NULL, "lock the state (true)"},                          \
        {"lock-timeout", OPTION_SECONDS, &(session)->backend.lock_timeout, "DURATION",                       \
         "wait that long for the lock (0s)"},                                                                \
        {"no-color", OPTION_BOOL, &(session)->no_color, NULL, "print without colours and boxes"},            \
    {                                                                                                        \
        "state", OPTION_TEXT, &(session)->backend.state_path, "FILE",                                        \
            "the local state file (terraform.tfstate)"                                                       \
    }

static int run_rm(struct invocation *invocation, int argc, char **argv)
{
    struct session session = {.backend = backend_options_default()};
    struct diagnostics diags = {0};
    struct address_list wanted = {0};
    int first = 0, status = EXIT_FAILED;
    const struct option table[] = {
        {"backup", OPTION_TEXT, &session.backend.backup, "FILE", "keep the earlier state there"},
        {"dry-run", OPTION_BOOL, &session.dry_run, NULL, "only say what would be removed"},
        CHANGE_OPTIONS(&session),
        {0},
    };
    if (!options_expect(invocation, table, argc, argv, 1, argc, &first, &status))
        return status;
    if (read_addresses(argc - first, argv + first, &wanted, &diags) &&
        open_state(invocation, &session, "state-rm", &diags))
        remove_all(&session, &wanted, &diags);
    address_list_clear(&wanted);
    return finish(invocation, &session, &diags);
}

/* --- mv --- */

struct move {
    const char *from_text, *to_text;
    struct address from, to;
    bool whole; /* all instances of a resource */
};

/* Whether a move makes sense, apart from what the state holds. */
static bool check_move(const struct move *move, struct diagnostics *diags)
{
    static const char summary[] = "Invalid state move request";
    const char *problem = NULL;
    if (move->from.mode != move->to.mode)
        problem = move->from.mode == MODE_DATA
                      ? "a data resource can be moved only to another data resource address"
                      : "a managed resource can be moved only to another managed resource address";
    else if (strcmp(move->from.type, move->to.type) != 0)
        problem = "resource types don't match";
    if (problem == NULL)
        return true;
    struct address bare_from = move->from, bare_to = move->to;
    bare_from.key = bare_to.key = NULL;
    char *from = address_text(&bare_from, false), *to = address_text(&bare_to, false);
    if (from == NULL || to == NULL)
        diagnostics_no_memory(diags);
    else
        diagnostics_error(diags, NULL, summary, "Cannot move %s to %s: %s.", from, to, problem);
    free(from);
    free(to);
    return false;
}

/* Whether the source is there and the target free. All that is wrong is said, as Terraform does. */
static bool check_places(const struct state *state, struct move *move, struct diagnostics *diags)
{
    bool there = is_there(state, &move->from);
    bool resource = move->from.key == NULL && state_resource_find(state, &move->from) != NULL;
    move->whole = move->from.key == NULL && (move->to.key == NULL || !there);
    if (move->whole && !resource) {
        diagnostics_error(diags, NULL, "Invalid source address",
                          "Cannot move %s: does not match anything in the current state.", move->from_text);
        return false;
    }
    if (move->whole && move->to.key != NULL) {
        diagnostics_error(diags, NULL, "Invalid target address",
                          "Cannot move %s to %s: the source is a whole resource (not a resource instance) so "
                          "the target must also be a whole resource.",
                          move->from_text, move->to_text);
        return false;
    }
    bool done = check_move(move, diags);
    if (move->whole ? state_resource_find(state, &move->to) != NULL : is_there(state, &move->to)) {
        diagnostics_error(
            diags, NULL, "Invalid target address",
            "Cannot move to %s: there is already a resource%s at that address in the current state.",
            move->to_text, move->whole ? "" : " instance");
        done = false;
    }
    if (!move->whole && !there) {
        diagnostics_error(diags, NULL, "Invalid source address", "The current state does not contain %s.",
                          move->from_text);
        done = false;
    }
    return done;
}

static void print_move(const struct session *session, const struct move *move)
{
    fputs(session->dry_run ? "Would move " : "Move ", stdout);
    render_quoted(stdout, move->from_text);
    fputs(" to ", stdout);
    render_quoted(stdout, move->to_text);
    fputc('\n', stdout);
}

static void carry_out(struct session *session, struct move *move, struct diagnostics *diags)
{
    struct state *state = session->workspace.state;
    if (!check_places(state, move, diags))
        return;
    print_move(session, move);
    if (session->dry_run)
        return;
    if (move->whole ? !state_resource_move(state, &move->from, &move->to)
                    : !state_instance_move(state, &move->from, &move->to))
        diagnostics_no_memory(diags);
    else if (backend_save(session->workspace.backend, state, diags))
        puts("Successfully moved 1 object(s).");
}

static int run_mv(struct invocation *invocation, int argc, char **argv)
{
    struct session session = {.backend = backend_options_default()};
    struct diagnostics diags = {0};
    struct move move = {0};
    int first = 0, status = EXIT_FAILED;
    const struct option table[] = {
        {"backup", OPTION_TEXT, &session.backend.backup, "FILE", "keep the earlier state there"},
        {"dry-run", OPTION_BOOL, &session.dry_run, NULL, "only say what would be moved"},
        CHANGE_OPTIONS(&session),
        {"state-out", OPTION_REFUSED, NULL, NULL, "moving to another state file is Terraform's to do."},
        {"backup-out", OPTION_REFUSED, NULL, NULL, "moving to another state file is Terraform's to do."},
        {0},
    };
    if (!options_expect(invocation, table, argc, argv, 2, 2, &first, &status))
        return status;
    move.from_text = argv[first];
    move.to_text = argv[first + 1];
    if (read_address(move.from_text, &move.from, &diags) && read_address(move.to_text, &move.to, &diags) &&
        open_state(invocation, &session, "state-mv", &diags))
        carry_out(&session, &move, &diags);
    address_clear(&move.from);
    address_clear(&move.to);
    return finish(invocation, &session, &diags);
}

/* --- the table's rows --- */

const struct command command_state_list = {.name = "state list",
                                           .summary = "List the instances in the state",
                                           .usage = "[options] [ADDRESS...]",
                                           .run = run_list};
const struct command command_state_show = {.name = "state show",
                                           .summary = "Show one instance of the state",
                                           .usage = "[options] ADDRESS",
                                           .run = run_show};
const struct command command_state_rm = {
    .name = "state rm",
    .summary = "Take instances out of the state, without deleting what they stand for",
    .usage = "[options] ADDRESS...",
    .run = run_rm};
const struct command command_state_mv = {.name = "state mv",
                                         .summary =
                                             "Give a resource or an instance in the state another address",
                                         .usage = "[options] SOURCE DESTINATION",
                                         .run = run_mv};
