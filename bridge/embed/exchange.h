/* SPDX-License-Identifier: Apache-2.0
 *
 * exchange.h - requests as JSON text, each translated into a call of provider.h and back; plugin_bridge.h
 * lists them. Nothing is decided here, and nothing is known of threads.
 */
#ifndef EMBED_EXCHANGE_H
#define EMBED_EXCHANGE_H

#include "provider.h"

/* Carries one request out, with diagnostics of the caller's, which provider_cancel() goes by and which are
 * empty afterwards. The answer is newly allocated text; NULL without memory. */
char *exchange_run(struct provider *provider, const char *request, struct diagnostics *diags);

/* An answer that holds nothing but what the diagnostics say. Clears them. */
char *exchange_answer(struct diagnostics *diags);

#endif
