/* SPDX-License-Identifier: Apache-2.0
 *
 * control.h - the calls that a host makes to any plugin program, whatever it provides.
 */
#ifndef BRIDGE_TERRAFORM_CONTROL_H
#define BRIDGE_TERRAFORM_CONTROL_H

#include "grpc.h"

/* Shutdown and the health check; their context is not used. */
const struct grpc_method *control_methods(size_t *count);

#endif
