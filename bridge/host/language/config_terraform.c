/* SPDX-License-Identifier: Apache-2.0
 *
 * config_terraform.c - the "terraform" block: which version of the language, which provider under which name,
 * and where the state is kept.
 */
#include "config_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The Terraform whose files and states this program reads and writes. */
static const char terraform_version[] = "1.11.4";

static void read_required_version(struct reader *reader, struct json_object *body, const struct place *place)
{
    struct place here = {place, "required_version", 0};
    char *constraint = body_string(reader, body, place, "required_version");
    bool valid = true;
    if (constraint == NULL)
        return;
    if (!version_fits(constraint, terraform_version, &valid)) {
        if (valid)
            reader_refuse(
                reader, &here, "Unsupported Terraform version",
                "This configuration asks for Terraform \"%s\", and this program reads it as Terraform "
                "%s does. Run it with a Terraform of that version, or change required_version.",
                constraint, terraform_version);
        else
            reader_refuse(
                reader, &here, "Invalid version constraint",
                "\"%s\" is no version constraint; write it like \">= 1.5\" or \"~> 1.11, != 1.11.2\".",
                constraint);
    }
    free(constraint);
}

/* Whether a source ("NAMESPACE/TYPE", or with a host before it) is the provider of the schemas. */
static bool is_our_source(const struct reader *reader, const char *source)
{
    const char *ours = reader->schemas->address;
    size_t length = strlen(source), tail = strlen(ours);
    return length >= tail && strcasecmp(source + length - tail, ours) == 0 &&
           (length == tail || source[length - tail - 1] == '/');
}

/* "/"-separated parts, each an identifier (a host may have dots and a port). */
static bool source_valid(const char *source)
{
    size_t parts = 1;
    for (const char *c = source; *c != '\0'; c++) {
        bool edge = c == source || c[-1] == '/';
        if (*c == '/' && (edge || c[1] == '\0'))
            return false;
        parts += *c == '/';
    }
    return *source != '\0' && parts <= 3;
}

static void set_provider(struct reader *reader, const struct place *place, const char *name,
                         const char *source)
{
    struct config *config = reader->config;
    if (config->provider_source != NULL && strcmp(config->provider_name, name) != 0) {
        reader_refuse(reader, place, "Duplicate required provider",
                      "\"%s\" is declared twice, as \"%s\" and as \"%s\"; keep one of them.",
                      reader->schemas->address, config->provider_name, name);
        return;
    }
    free(config->provider_name);
    free(config->provider_source);
    config->provider_name = strdup(name);
    config->provider_source = strdup(source);
    if (config->provider_name == NULL || config->provider_source == NULL)
        diagnostics_no_memory(reader->diags);
    /* States have it in small letters, however it is written. */
    for (char *c = config->provider_source; c != NULL && *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
}

void provider_version_read(struct reader *reader, struct json_object *json, const struct place *place)
{
    const char *text = json != NULL ? literal_text(reader, json, place, "A version constraint") : NULL;
    bool valid = true;
    if (text == NULL)
        return;
    version_fits(text, terraform_version, &valid);
    if (!valid)
        reader_refuse(reader, place, "Invalid version constraint",
                      "\"%s\" is no version constraint; write it like \">= 1.0\" or \"~> 1.2\".", text);
}

static void refuse_provider(struct reader *reader, const struct place *place, const char *name,
                            const char *source)
{
    reader_refuse(reader, place, "Provider not supported",
                  "\"%s\" is the provider %s, and this program runs %s only. " TERRAFORM_RUNS, name, source,
                  reader->schemas->address);
}

/* One entry of required_providers. */
static void read_required_provider(struct reader *reader, struct json_object *json, const struct place *place,
                                   const char *name)
{
    static const struct keyword keywords[] = {
        {"source", NULL, NULL},
        {"version", NULL, NULL},
        {"configuration_aliases", "Aliases handed over to a module", "Remove them."}};
    struct place source_place = {place, "source", 0}, version_place = {place, "version", 0};
    if (json_object_is_type(json, json_type_string)) {
        /* An old form: a version alone, of a provider of HashiCorp's. */
        char *source = NULL;
        provider_version_read(reader, json, place);
        if (asprintf(&source, "hashicorp/%s", name) >= 0)
            refuse_provider(reader, place, name, source);
        free(source);
        return;
    }
    if (!json_object_is_type(json, json_type_object)) {
        reader_refuse(reader, place, "Invalid required_providers object",
                      "It is written {\"source\": \"NAMESPACE/TYPE\", \"version\": \"~> 1.0\"}.");
        return;
    }
    if (!keywords_check(reader, json, place, keywords, sizeof keywords / sizeof *keywords,
                        "an entry of required_providers"))
        return;
    provider_version_read(reader, body_member(json, "version"), &version_place);
    struct json_object *given = body_member(json, "source");
    const char *source =
        given != NULL ? literal_text(reader, given, &source_place, "A provider's source") : NULL;
    if (given != NULL && source == NULL)
        return;
    if (source != NULL && !source_valid(source))
        reader_refuse(reader, &source_place, "Invalid provider source string",
                      "\"%s\" is no source of a provider; write NAMESPACE/TYPE or HOST/NAMESPACE/TYPE.",
                      source);
    else if (source != NULL && is_our_source(reader, source))
        set_provider(reader, place, name, source);
    else
        refuse_provider(reader, place, name, source != NULL ? source : "of HashiCorp with that name");
}

static void read_required_providers(struct reader *reader, struct json_object *body,
                                    const struct place *place, const char *const *labels)
{
    (void)labels;
    json_object_object_foreach(body, name, entry)
    {
        struct place here = {place, name, 0};
        if (strcmp(name, "//") == 0)
            continue;
        if (!identifier_is(name))
            reader_refuse(reader, &here, "Invalid provider local name", "\"%s\" is no name for a provider.",
                          name);
        else
            read_required_provider(reader, entry, &here, name);
    }
}

static const struct keyword local_keywords[] = {
    {"path", NULL, NULL}, {"workspace_dir", "Workspaces", "Give each its own directory."}};

static const struct keyword http_keywords[] = {{"address", NULL, NULL},
                                               {"update_method", NULL, NULL},
                                               {"lock_address", NULL, NULL},
                                               {"unlock_address", NULL, NULL},
                                               {"lock_method", NULL, NULL},
                                               {"unlock_method", NULL, NULL},
                                               {"username", NULL, NULL},
                                               {"password", NULL, NULL},
                                               {"retry_max", NULL, NULL},
                                               {"retry_wait_min", NULL, NULL},
                                               {"retry_wait_max", NULL, NULL},
                                               {"skip_cert_verification", NULL, NULL},
                                               {"client_ca_certificate_pem", NULL, NULL},
                                               {"client_certificate_pem", NULL, NULL},
                                               {"client_private_key_pem", NULL, NULL}};

/* Whether all settings are known, and literals. */
static bool settings_check(struct reader *reader, struct json_object *body, const struct place *place,
                           const char *type)
{
    bool local = strcmp(type, "local") == 0, ok = true;
    const struct keyword *keywords = local ? local_keywords : http_keywords;
    size_t count =
        local ? sizeof local_keywords / sizeof *local_keywords : sizeof http_keywords / sizeof *http_keywords;
    ok = keywords_check(reader, body, place, keywords, count, local ? "a local backend" : "an http backend");
    json_object_object_foreach(body, key, member)
    {
        struct place here = {place, key, 0};
        if (json_object_is_type(member, json_type_string))
            ok = literal_text(reader, member, &here, "A setting of the backend") != NULL && ok;
        else if (json_object_is_type(member, json_type_object) ||
                 json_object_is_type(member, json_type_array))
            ok = reader_refuse(reader, &here, "Incorrect value type",
                               "A setting of a backend is a string, a number or a boolean.");
    }
    return ok;
}

static void read_backend(struct reader *reader, struct json_object *body, const struct place *place,
                         const char *const *labels)
{
    struct config *config = reader->config;
    const char *type = labels[0];
    if (strcmp(type, "local") != 0 && strcmp(type, "http") != 0) {
        reader_refuse(
            reader, place, "Backend not supported",
            "The backend \"%s\" is not supported by this program, which keeps states in a \"local\" file "
            "or in an \"http\" service. " TERRAFORM_RUNS,
            type);
        return;
    }
    if (config->backend != NULL) {
        char *first = origin_text(config, &config->backend->origin);
        reader_refuse(reader, place, "Duplicate backend configuration",
                      "A backend was already configured at %s; a configuration has one. Remove one of them.",
                      first != NULL ? first : "another place");
        free(first);
        return;
    }
    if (!settings_check(reader, body, place, type))
        return;
    config->backend = calloc(1, sizeof *config->backend);
    if (config->backend == NULL || (config->backend->type = strdup(type)) == NULL) {
        diagnostics_no_memory(reader->diags);
        return;
    }
    json_object_object_del(body, "//");
    config->backend->settings = json_object_get(body);
    origin_set(reader, place, &config->backend->origin);
}

static void read_terraform(struct reader *reader, struct json_object *body, const struct place *place,
                           const char *const *labels)
{
    static const struct keyword keywords[] = {
        {"required_version", NULL, NULL},
        {"required_providers", NULL, NULL},
        {"backend", NULL, NULL},
        {"cloud", "HCP Terraform and Terraform Enterprise", "Use a \"local\" or \"http\" backend."},
        {"experiments", "Experiments of the language", NULL},
        {"provider_meta", "Notes to providers", "Remove them."},
        {"language", "Editions of the language", NULL}};
    struct json_object *member = NULL;
    (void)labels;
    keywords_check(reader, body, place, keywords, sizeof keywords / sizeof *keywords,
                   "a \"terraform\" block");
    read_required_version(reader, body, place);
    if ((member = body_member(body, "required_providers")) != NULL) {
        struct place here = {place, "required_providers", 0};
        blocks_read(reader, member, &here, 0, "{\"required_providers\": {NAME: {\"source\": …}}}",
                    read_required_providers);
    }
    if ((member = body_member(body, "backend")) != NULL) {
        struct place here = {place, "backend", 0};
        blocks_read(reader, member, &here, 1, "{\"backend\": {\"local\": {…}}}", read_backend);
    }
}

void terraform_read(struct reader *reader, struct json_object *json, const struct place *place)
{
    blocks_read(reader, json, place, 0, "{\"terraform\": {…}}", read_terraform);
}
