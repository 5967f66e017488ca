/* SPDX-License-Identifier: Apache-2.0
 *
 * message.h - what is said in the protocol's messages rather than in values: schemas and diagnostics.
 * Everything is made in an arena, and borrows texts from the schemas and the diagnostics it is made of
 * (which are UTF-8, as protobuf demands). NULL means no memory, and arena->failed is set.
 */
#ifndef BRIDGE_TERRAFORM_MESSAGE_H
#define BRIDGE_TERRAFORM_MESSAGE_H

#include "../diagnostic.h"
#include "../schema.h"
#include "arena.h"
#include "tfplugin6.pb-c.h"

/* A new message, initialized. */
void *message_new(struct arena *arena, const ProtobufCMessageDescriptor *descriptor);

/* A new array of `count` pointers to new messages; NULL for none as well. */
void *message_array(struct arena *arena, size_t count, const ProtobufCMessageDescriptor *descriptor);

/* A JSON pointer into a value of `object` as an attribute path. It ends where the pointer leaves the schema,
 * and at a set, whose elements have no position. NULL where no step is left. */
Tfplugin6__AttributePath *message_path(struct arena *arena, const struct schema_object *object,
                                       const char *pointer);

/* Diagnostics about a value of `object` (NULL: about none). *count receives their number. */
Tfplugin6__Diagnostic **message_diagnostics(struct arena *arena, const struct diagnostics *diags,
                                            const struct schema_object *object, size_t *count);

/* A type in Terraform's JSON notation: `["list","string"]`. Borrowed or in the arena. */
char *message_type(struct arena *arena, const struct schema_type *type);

Tfplugin6__Schema *message_schema(struct arena *arena, const struct schema *schema);

Tfplugin6__Function *message_function(struct arena *arena, const struct schema *schema);

/* The schema of a resource's identity. */
Tfplugin6__ResourceIdentitySchema *message_identity_schema(struct arena *arena, const struct schema *schema);

#endif
