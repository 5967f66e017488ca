/* SPDX-License-Identifier: Apache-2.0
 *
 * tls.h - the mutual TLS of a provider: a certificate made at start, and the one client that may come.
 */
#ifndef BRIDGE_TERRAFORM_TLS_H
#define BRIDGE_TERRAFORM_TLS_H

#include <stdbool.h>
#include <stddef.h>

struct ssl_ctx_st;
struct tls_identity;

/* Makes a key and a self-signed certificate for "localhost". NULL when OpenSSL cannot. */
struct tls_identity *tls_identity_create(void);

/* NULL does nothing. */
void tls_identity_destroy(struct tls_identity *identity);

/* The certificate in standard base64 without padding, as the handshake line wants it. Borrowed. */
const char *tls_identity_text(const struct tls_identity *identity);

/* A server context that shows the identity's certificate, and takes only a client that shows exactly
 * the certificate in `client_pem` and proves to hold its key. The identity must outlive the
 * context. NULL on an error, of which *problem then says what (a literal). End with SSL_CTX_free(). */
struct ssl_ctx_st *tls_context_create(struct tls_identity *identity, const char *client_pem,
                                      const char **problem);

#endif
