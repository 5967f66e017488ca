/* SPDX-License-Identifier: Apache-2.0
 *
 * log_text.h - log lines for people: TF_LOG (or TF_LOG_PROVIDER) says how much, TF_LOG_PATH where to.
 */
#ifndef HOST_LOG_TEXT_H
#define HOST_LOG_TEXT_H

#include "../../provider.h"

struct log_text {
    struct provider_log base;
    int fd;
};

/* Opens what the environment asks for. False where the file of TF_LOG_PATH can't be written (errno says why).
 */
bool log_text_open(struct log_text *log);

#endif
