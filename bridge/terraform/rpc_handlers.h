/* SPDX-License-Identifier: Apache-2.0
 *
 * rpc_handlers.h - the RPCs, each a grpc_handler; rpc.c lists them by path.
 */
#ifndef BRIDGE_TERRAFORM_RPC_HANDLERS_H
#define BRIDGE_TERRAFORM_RPC_HANDLERS_H

#include "grpc.h"

enum grpc_status rpc_get_metadata(void *context, struct grpc_call *call, const uint8_t *message, size_t size);
enum grpc_status rpc_get_provider_schema(void *context, struct grpc_call *call, const uint8_t *message,
                                         size_t size);
enum grpc_status rpc_get_resource_identity_schemas(void *context, struct grpc_call *call,
                                                   const uint8_t *message, size_t size);
enum grpc_status rpc_validate_provider_config(void *context, struct grpc_call *call, const uint8_t *message,
                                              size_t size);
enum grpc_status rpc_configure_provider(void *context, struct grpc_call *call, const uint8_t *message,
                                        size_t size);
enum grpc_status rpc_stop_provider(void *context, struct grpc_call *call, const uint8_t *message,
                                   size_t size);
enum grpc_status rpc_validate_resource_config(void *context, struct grpc_call *call, const uint8_t *message,
                                              size_t size);
enum grpc_status rpc_upgrade_resource_state(void *context, struct grpc_call *call, const uint8_t *message,
                                            size_t size);
enum grpc_status rpc_upgrade_resource_identity(void *context, struct grpc_call *call, const uint8_t *message,
                                               size_t size);
enum grpc_status rpc_read_resource(void *context, struct grpc_call *call, const uint8_t *message,
                                   size_t size);
enum grpc_status rpc_plan_resource_change(void *context, struct grpc_call *call, const uint8_t *message,
                                          size_t size);
enum grpc_status rpc_apply_resource_change(void *context, struct grpc_call *call, const uint8_t *message,
                                           size_t size);
enum grpc_status rpc_import_resource_state(void *context, struct grpc_call *call, const uint8_t *message,
                                           size_t size);
enum grpc_status rpc_move_resource_state(void *context, struct grpc_call *call, const uint8_t *message,
                                         size_t size);
enum grpc_status rpc_generate_resource_config(void *context, struct grpc_call *call, const uint8_t *message,
                                              size_t size);
enum grpc_status rpc_validate_list_resource_config(void *context, struct grpc_call *call,
                                                   const uint8_t *message, size_t size);
enum grpc_status rpc_list_resource(void *context, struct grpc_call *call, const uint8_t *message,
                                   size_t size);
enum grpc_status rpc_validate_data_resource_config(void *context, struct grpc_call *call,
                                                   const uint8_t *message, size_t size);
enum grpc_status rpc_read_data_source(void *context, struct grpc_call *call, const uint8_t *message,
                                      size_t size);
enum grpc_status rpc_get_functions(void *context, struct grpc_call *call, const uint8_t *message,
                                   size_t size);
enum grpc_status rpc_call_function(void *context, struct grpc_call *call, const uint8_t *message,
                                   size_t size);

#endif
