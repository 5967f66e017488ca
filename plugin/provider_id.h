/* SPDX-License-Identifier: Apache-2.0
 *
 * provider_id.h - the seats that a session has seen.
 */
#ifndef PLUGIN_PROVIDER_ID_H
#define PLUGIN_PROVIDER_ID_H

struct seat;

/* Frees the list. */
void seats_destroy(struct seat *seats);

#endif
