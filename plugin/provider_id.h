/* SPDX-License-Identifier: Apache-2.0
 *
 * provider_id.h - the seats that a session has seen.
 */
#ifndef PLUGIN_PROVIDER_ID_H
#define PLUGIN_PROVIDER_ID_H

struct seat; /* provider_id.c: a provider ID in its cloud and region */

enum { SEAT_LISTS = 1024 };

/* Lists by a hash of the ID. Each only ever grows at its head, and their number stays, so that a forked child
 * can go on with them whatever the parent's threads were doing. All zero when empty. */
struct seats {
    struct seat *lists[SEAT_LISTS];
};

/* Frees every seat. */
void seats_finish(struct seats *seats);

#endif
