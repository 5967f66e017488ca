/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_host_state.c - state files of the host. What is taken is written as text that is taken again, says the
 * same, and is written the same; its instances are found by their addresses.
 */
#include "fuzz.h"

#include "state.h"

#include <stdlib.h>
#include <string.h>

static void check_instances(const struct state *state)
{
    for (size_t i = 0; i < state->resource_count; i++) {
        const struct state_resource *resource = state->resources[i];
        CHECK(resource->provider != NULL);
        CHECK(state_resource_find(state, &resource->address) == resource);
        for (size_t j = 0; j < resource->count; j++) {
            struct address at = resource->address, again = {0};
            char *problem = NULL;
            at.key = resource->instances[j]->key;
            CHECK(state_instance_find(state, &at, resource->instances[j]->deposed) != NULL);
            char *text = address_text(&at, false);
            CHECK(text != NULL && address_parse(text, &again, &problem));
            CHECK(address_compare(&at, &again) == 0);
            address_clear(&again);
            free(text);
        }
    }
}

static void check_text(const struct state *state)
{
    struct diagnostics diags = {0};
    char *text = state_text(state);
    CHECK(text != NULL);
    struct state *again = state_parse(text, strlen(text), "again.tfstate", &diags);
    CHECK(again != NULL && state_equal(state, again));
    char *second = state_text(again);
    CHECK(second != NULL && strcmp(text, second) == 0);
    free(second);
    free(text);
    state_destroy(again);
    diagnostics_clear(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct diagnostics diags = {0};
    size_t length;
    char *text = fuzz_rest(&input, &length);
    struct state *state = state_parse(text, length, "fuzz.tfstate", &diags);
    fuzz_check_diagnostics(&diags, state != NULL);
    if (state != NULL) {
        check_instances(state);
        check_text(state);
    }
    state_destroy(state);
    diagnostics_clear(&diags);
    free(text);
    return 0;
}
