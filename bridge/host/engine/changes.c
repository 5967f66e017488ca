/* SPDX-License-Identifier: Apache-2.0
 *
 * changes.c - changes in memory: their names, their end. As files they are saved_plan.c's.
 */
#include "changes.h"

#include <stdlib.h>

const char *action_name(enum action action)
{
    static const char *const names[] = {
        [ACTION_NONE] = "no-op",
        [ACTION_CREATE] = "create",
        [ACTION_READ] = "read",
        [ACTION_UPDATE] = "update",
        [ACTION_DELETE_THEN_CREATE] = "replace",
        [ACTION_CREATE_THEN_DELETE] = "replace",
        [ACTION_DELETE] = "delete",
        [ACTION_FORGET] = "forget",
    };
    return names[action];
}

const char *reason_name(enum reason reason)
{
    static const char *const names[] = {
        [REASON_NONE] = NULL,
        [REASON_TAINTED] = "replace_because_tainted",
        [REASON_REQUESTED] = "replace_by_request",
        [REASON_CANNOT_UPDATE] = "replace_because_cannot_update",
        [REASON_NO_CONFIG] = "delete_because_no_resource_config",
        [REASON_WRONG_REPETITION] = "delete_because_wrong_repetition",
        [REASON_COUNT_INDEX] = "delete_because_count_index",
        [REASON_EACH_KEY] = "delete_because_each_key",
        [REASON_NO_MOVE_TARGET] = "delete_because_no_move_target",
        [REASON_READ_CONFIG_UNKNOWN] = "read_because_config_unknown",
        [REASON_READ_DEPENDENCY] = "read_because_dependency_pending",
    };
    return names[reason];
}

bool changes_any(const struct changes *changes)
{
    if (changes->count > 0 || (changes->mode == PLAN_REFRESH_ONLY && changes->drift_count > 0))
        return true;
    for (size_t i = 0; i < changes->output_count; i++)
        if (changes->outputs[i].action != ACTION_NONE)
            return true;
    return false;
}

void change_count(struct changes *changes, const struct change *change)
{
    bool replace = change->action == ACTION_DELETE_THEN_CREATE || change->action == ACTION_CREATE_THEN_DELETE;
    changes->add += change->action == ACTION_CREATE || replace;
    changes->change += change->action == ACTION_UPDATE;
    changes->destroy += change->action == ACTION_DELETE || replace;
    changes->forget += change->action == ACTION_FORGET;
    changes->import += change->import_id != NULL;
}

static void change_clear(struct change *change)
{
    address_clear(&change->address);
    if (change->moved_from)
        address_clear(change->moved_from);
    free(change->moved_from);
    free(change->deposed);
    free(change->import_id);
    free(change->provider_alias);
    typed_clear(&change->before);
    typed_clear(&change->after);
    for (size_t i = 0; i < change->replace_count; i++)
        free(change->replace_paths[i]);
    free(change->replace_paths);
    free(change->private_text);
}

void changes_destroy(struct changes *changes)
{
    if (!changes)
        return;
    for (size_t i = 0; i < changes->count; i++)
        change_clear(&changes->items[i]);
    for (size_t i = 0; i < changes->drift_count; i++)
        change_clear(&changes->drift[i]);
    for (size_t i = 0; i < changes->output_count; i++) {
        free(changes->outputs[i].name);
        typed_clear(&changes->outputs[i].before);
        typed_clear(&changes->outputs[i].after);
    }
    free(changes->items);
    free(changes->drift);
    free(changes->outputs);
    free(changes);
}
