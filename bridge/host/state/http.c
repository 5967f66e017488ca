#include "backend_internal.h"
bool backend_open_http(struct backend *backend, const struct config_backend *config,
                       const struct backend_options *options, struct diagnostics *diags)
{
    (void)backend;
    (void)config;
    (void)options;
    diagnostics_error(diags, NULL, "The http backend is not there yet", "%s", "");
    return false;
}
