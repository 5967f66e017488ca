/* SPDX-License-Identifier: Apache-2.0
 *
 * relevant.h - which drift a plan tells of.
 */
#ifndef HOST_RELEVANT_H
#define HOST_RELEVANT_H

#include "../../schema.h"
#include "../engine/changes.h"
#include "../language/config.h"

/* Collects what everything that is going to change refers to, through local values and through the
 * configuration of what it refers to: as Terraform finds it. An object with the addresses of instances, and
 * for each the parts of it: true for all, else an object of its members (elements by index) with theirs. New;
 * NULL without memory. */
struct json_object *relevant_collect(const struct config *config, const struct schema_set *schemas,
                                     const struct changes *changes);

/* The parts of an instance, borrowed; NULL where nothing refers to it. */
struct json_object *relevant_parts(struct json_object *relevant, const char *address);

#endif
