/* SPDX-License-Identifier: Apache-2.0
 *
 * handshake.h - how a plugin program and its host find each other: the environment, the socket, and the one
 * line on standard output.
 */
#ifndef BRIDGE_TERRAFORM_HANDSHAKE_H
#define BRIDGE_TERRAFORM_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/un.h>

enum { PROTOCOL_VERSION = 6 };

/* A listening socket in a directory of its own. */
struct endpoint {
    int listener; /* not blocking */
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* Whether a host of Terraform's kind has started this program. */
bool handshake_expected(void);

/* Listens on a socket that only this user reaches. False on an error, which `problem` then describes. */
bool endpoint_open(struct endpoint *endpoint, char *problem, size_t size);

/* Closes and removes the socket and its directory. */
void endpoint_close(struct endpoint *endpoint);

/* Tells the host where to connect; certificate is base64 text, or NULL without TLS. Afterwards standard
 * output leads to standard error, so that nothing else can follow the line. */
bool handshake_print(const struct endpoint *endpoint, const char *certificate);

/* Tells a person what TF_REATTACH_PROVIDERS must hold to use this program while it is debugged. The address
 * is "NAMESPACE/TYPE"; Terraform's and OpenTofu's registry hosts go before it. */
bool handshake_print_reattach(const struct endpoint *endpoint, const char *address);

#endif
