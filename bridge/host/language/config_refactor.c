/* SPDX-License-Identifier: Apache-2.0
 *
 * config_refactor.c - import, moved and removed blocks: what happens to the state rather than to objects.
 */
#include "config_reader.h"

#include <stdlib.h>
#include <string.h>

/* The address in a member that must be there. */
static bool read_address(struct reader *reader, struct json_object *body, const struct place *place,
                         const char *name, struct address *address)
{
    struct place here = {place, name, 0};
    struct json_object *member = body_member(body, name);
    if (member == NULL)
        return reader_refuse(reader, place, "Missing required argument",
                             "The argument \"%s\" is required: an address like TYPE.NAME.", name);
    if (!address_read(reader, member, &here, address))
        return false;
    if (address->mode == MODE_MANAGED)
        return true;
    address_clear(address);
    return reader_refuse(reader, &here, "Invalid address",
                         "A data source can't be imported, moved or removed; name a resource.");
}

static void read_import(struct reader *reader, struct json_object *body, const struct place *place,
                        const char *const *labels)
{
    static const struct keyword keywords[] = {
        {"to", NULL, NULL},
        {"id", NULL, NULL},
        {"identity", NULL, NULL},
        {"for_each", "Imports with for_each", "Write one import block an object."},
        {"provider", "Providers of an import", "The resource says which configuration is used."}};
    struct config *config = reader->config;
    struct address to = {0};
    (void)labels;
    bool ok = keywords_check(reader, body, place, keywords, sizeof keywords / sizeof *keywords,
                             "an \"import\" block");
    if (!read_address(reader, body, place, "to", &to) || !ok) {
        address_clear(&to);
        return;
    }
    bool id = body_member(body, "id") != NULL, identity = body_member(body, "identity") != NULL;
    struct config_import *imports =
        id != identity ? array_extend(reader, config->imports, config->import_count, sizeof *imports) : NULL;
    if (id == identity)
        reader_refuse(
            reader, place, "Invalid import configuration",
            id ? "Only one of \"id\" and \"identity\" can be given; remove one."
               : "An import needs the \"id\" of the object: a string as the resource's documentation "
                 "tells.");
    if (imports == NULL) {
        address_clear(&to);
        return;
    }
    config->imports = imports;
    struct config_import *import = &imports[config->import_count++];
    import->to = to;
    if (!origin_set(reader, place, &import->origin))
        return;
    if (id)
        import->id = body_expression(reader, body, place, "id");
    else
        import->identity = body_expression(reader, body, place, "identity");
}

void imports_read(struct reader *reader, struct json_object *json, const struct place *place)
{
    blocks_read(reader, json, place, 0, "{\"import\": {\"to\": ADDRESS, \"id\": ID}}", read_import);
}

static void read_moved(struct reader *reader, struct json_object *body, const struct place *place,
                       const char *const *labels)
{
    static const struct keyword keywords[] = {{"from", NULL, NULL}, {"to", NULL, NULL}};
    struct config *config = reader->config;
    struct address from = {0}, to = {0};
    (void)labels;
    bool ok = keywords_check(reader, body, place, keywords, sizeof keywords / sizeof *keywords,
                             "a \"moved\" block");
    ok = read_address(reader, body, place, "from", &from) && ok;
    ok = read_address(reader, body, place, "to", &to) && ok;
    if (ok && address_compare(&from, &to) == 0)
        ok = reader_refuse(reader, place, "Redundant move statement",
                           "\"from\" and \"to\" are the same address; remove the block.");
    struct config_moved *moved =
        ok ? array_extend(reader, config->moved, config->moved_count, sizeof *moved) : NULL;
    if (moved == NULL) {
        address_clear(&from);
        address_clear(&to);
        return;
    }
    config->moved = moved;
    moved[config->moved_count] = (struct config_moved){.from = from, .to = to};
    origin_set(reader, place, &moved[config->moved_count++].origin);
}

void moved_read(struct reader *reader, struct json_object *json, const struct place *place)
{
    blocks_read(reader, json, place, 0, "{\"moved\": {\"from\": ADDRESS, \"to\": ADDRESS}}", read_moved);
}

static void read_removed_lifecycle(struct reader *reader, struct json_object *body, const struct place *place,
                                   const char *const *labels)
{
    static const struct keyword keywords[] = {{"destroy", NULL, NULL}};
    struct config_removed *removed = &reader->config->removed[reader->config->removed_count - 1];
    (void)labels;
    keywords_check(reader, body, place, keywords, 1, "the \"lifecycle\" of a \"removed\" block");
    removed->destroy = body_boolean(reader, body, place, "destroy", removed->destroy);
}

static void read_removed(struct reader *reader, struct json_object *body, const struct place *place,
                         const char *const *labels)
{
    static const struct keyword keywords[] = {{"from", NULL, NULL},
                                              {"lifecycle", NULL, NULL},
                                              {"provisioner", "Provisioners", "Run the command yourself."},
                                              {"connection", "Connections of provisioners", "Remove it."}};
    struct config *config = reader->config;
    struct place from_place = {place, "from", 0}, lifecycle = {place, "lifecycle", 0};
    struct address from = {0};
    (void)labels;
    bool ok = keywords_check(reader, body, place, keywords, sizeof keywords / sizeof *keywords,
                             "a \"removed\" block");
    ok = read_address(reader, body, place, "from", &from) && ok;
    if (ok && from.key != NULL)
        ok = reader_refuse(
            reader, &from_place, "Resource instance keys not allowed",
            "Resource address must be a resource (e.g. \"test_instance.foo\"), not a resource "
            "instance (e.g. \"test_instance.foo[1]\"). To let go of one instance, use state rm.");
    struct config_removed *removed =
        ok ? array_extend(reader, config->removed, config->removed_count, sizeof *removed) : NULL;
    if (removed == NULL) {
        address_clear(&from);
        return;
    }
    config->removed = removed;
    removed[config->removed_count] = (struct config_removed){.from = from, .destroy = true};
    if (origin_set(reader, place, &removed[config->removed_count++].origin) &&
        body_member(body, "lifecycle") != NULL)
        blocks_read(reader, body_member(body, "lifecycle"), &lifecycle, 0,
                    "{\"lifecycle\": {\"destroy\": false}}", read_removed_lifecycle);
}

void removed_read(struct reader *reader, struct json_object *json, const struct place *place)
{
    blocks_read(reader, json, place, 0, "{\"removed\": {\"from\": ADDRESS}}", read_removed);
}
